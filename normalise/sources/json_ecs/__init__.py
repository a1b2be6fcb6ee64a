"""JSON that says it is ECS (ECS loggers, pipelines of others): checked, not trusted."""
