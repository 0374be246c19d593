"""Pictures in the terminal: decoded in a thread, drawn as cells or with the terminal's own graphics.

`decoding` is the only importer of Pillow, which the extra `images` brings. `picture` draws a picture as cells: half
blocks, or the placeholders of `kitty`, which a terminal fills itself. `terminal_graphics` knows what the terminal can,
`inline` has the formats that need a place where nothing scrolls. `gallery` decodes what the log asks for.
"""
