"""Settings of the room `cert_bridge`."""

from vagt.settings.section import Section


class CertBridgeSettings(Section):
    """Settings of `cert_bridge`."""
