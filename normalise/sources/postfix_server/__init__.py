"""Postfix: connections, rejections, logins, the queue and deliveries, postscreen."""
