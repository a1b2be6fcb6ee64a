"""IIS: W3C extended log files of sites, and HTTP.sys' error log (HTTPERR)."""
