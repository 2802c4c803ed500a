"""Alerts: rules, outbox, recovery."""
