"""What the sources of Cisco devices share: the firewalls' messages, the mnemonics of IOS and NX-OS."""
