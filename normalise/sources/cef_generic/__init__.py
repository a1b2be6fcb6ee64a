"""ArcSight CEF of any vendor that has no source of its own."""
