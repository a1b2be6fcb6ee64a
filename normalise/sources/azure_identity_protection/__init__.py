"""Entra ID Protection: risk detections, and users and service principals at risk."""
