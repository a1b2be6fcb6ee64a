"""F5 BIG-IP: LTM, system and audit logs, APM, ASM, AFM, DNS, iRule HSL logs and request logs as JSON."""
