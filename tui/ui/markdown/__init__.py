"""Markdown, as it streams in → lines of styled text. Knows widths, but no widget, no screen and no colour."""
