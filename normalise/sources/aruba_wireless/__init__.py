"""Aruba wireless: ArubaOS controllers (6 and 8), Instant and AOS 10 access points; and AOS-CX switches."""
