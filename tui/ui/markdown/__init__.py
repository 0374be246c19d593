"""Renders streamed Markdown as lines of styled text. Independent of widgets, screens and colours."""
