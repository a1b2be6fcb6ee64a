"""Apache httpd 2.2 and 2.4: access logs (common, combined, with virtual host, TLS requests) and the error log."""
