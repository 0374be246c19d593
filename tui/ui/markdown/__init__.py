"""Renders streaming Markdown as lines of styled text. Knows widths, but no widgets, screens or colours."""
