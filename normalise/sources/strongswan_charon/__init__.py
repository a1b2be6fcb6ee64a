"""strongSwan's IKE daemon charon: handshakes, logins, tunnels."""
