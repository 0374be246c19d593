"""How bytes become objects. No I/O, no HTTP, no chat."""
