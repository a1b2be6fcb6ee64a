"""Squid: access logs in the native (`squid`) and combined formats, and cache.log."""
