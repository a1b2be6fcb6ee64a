"""NetFlow v5, v9 and IPFIX: flows as routers, switches, firewalls and probes export them."""
