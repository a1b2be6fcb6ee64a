"""Citrix ADC and Gateway (NetScaler): TCP, SSL VPN, AAA, administration, TLS, application firewall (native and CEF), events."""
