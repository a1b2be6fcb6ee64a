"""Logins and accounts of Linux hosts: sshd, sudo, su, PAM, login, systemd-logind, cron sessions, shadow-utils, polkit."""
