"""Azure's resource logs: firewalls, gateways, key vaults, storage, Kubernetes, SQL, Microsoft Graph, and any other."""
