"""Widgets show values and say what the user meant. They know no session, no store, no server."""
