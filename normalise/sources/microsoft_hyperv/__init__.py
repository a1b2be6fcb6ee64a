"""Hyper-V hosts: the event channels Microsoft-Windows-Hyper-V-*, in the documents that Windows events come in."""
