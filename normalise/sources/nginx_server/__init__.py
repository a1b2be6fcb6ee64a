"""nginx: access logs (combined and its usual variants, ingress-nginx, Nginx Proxy Manager) and the error log."""
