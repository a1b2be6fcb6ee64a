"""Daemons of Unix hosts: logins that failed, callers that were refused; by syslog, and in log files of their own."""
