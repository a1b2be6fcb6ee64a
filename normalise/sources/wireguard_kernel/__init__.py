"""WireGuard: what the kernel module says with dynamic debugging on, and wireguard-go."""
