"""OpenVPN community server and Access Server: TLS handshakes, logins, sessions of clients."""
