"""GELF, Graylog's format, of any program."""
