"""Alerts: told on a change of state alone, and once more when it is over."""
