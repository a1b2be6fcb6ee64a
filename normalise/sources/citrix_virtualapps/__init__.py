"""Citrix Virtual Apps and Desktops: Windows events of controllers, VDAs and StoreFront, and exports of the Monitor service."""
