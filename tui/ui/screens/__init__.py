"""Screens arrange widgets, own workers, and turn messages into calls."""
