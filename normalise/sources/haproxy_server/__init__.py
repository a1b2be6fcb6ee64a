"""HAProxy: HTTP, HTTPS, TCP, error and default log formats, and the messages of the process."""
