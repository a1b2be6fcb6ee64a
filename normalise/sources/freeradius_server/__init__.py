"""FreeRADIUS: logins in radius.log, detail files, linelog."""
