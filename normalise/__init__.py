"""Raw logs to ECS events: one folder per source, one envelope, typing by the ECS schema, dead letters for the rest."""
