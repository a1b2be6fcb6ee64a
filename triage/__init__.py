"""Triage: findings in; incidents with priority, clocks, first action, owner and notes out; notifications to roles."""
