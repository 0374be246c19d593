"""Conversations as frozen values and pure functions. Uses only the standard library."""
