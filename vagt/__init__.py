"""The kernel of vagt: contracts, topics, bus, settings, tenants, ids, errors, log, metrics and state database."""

__version__ = "0.1.0"
