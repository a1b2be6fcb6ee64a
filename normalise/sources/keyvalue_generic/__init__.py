"""key=value and "key: value" logs of any program that has no source of its own."""
