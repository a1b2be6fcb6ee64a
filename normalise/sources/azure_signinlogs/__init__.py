"""Sign-ins to Entra ID: users (interactive or not), service principals, managed identities, AD FS."""
