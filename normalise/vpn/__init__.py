"""What VPN daemons say, for their own sources and for the firewalls that they run on: OpenVPN, IKE."""
