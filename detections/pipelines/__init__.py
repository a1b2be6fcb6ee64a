"""How rules in Sigma's field names become questions about our events: facts about log sources, and pySigma pipelines."""
