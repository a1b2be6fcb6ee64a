"""Linux netfilter: packets that iptables, nftables, ufw, firewalld or a router's firmware logs through the kernel."""
