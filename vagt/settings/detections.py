"""Settings of the room `detections`."""

from vagt.settings.section import Section


class DetectionsSettings(Section):
    """Settings of `detections`."""
