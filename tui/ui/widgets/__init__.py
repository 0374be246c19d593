"""Widgets show values and post messages about what the user did. They import no session, store or server."""
