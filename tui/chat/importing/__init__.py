"""Reads exported conversations of llm-tui and other programs, and reports what could not be imported."""
