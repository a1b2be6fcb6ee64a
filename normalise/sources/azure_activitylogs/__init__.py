"""Azure's activity log: what was done to the resources of a subscription, by whom."""
