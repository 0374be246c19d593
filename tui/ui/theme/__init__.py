"""Colours: the roles of the design, our themes, and the same roles derived from Textual's themes."""
