"""Decoders from bytes to JSON objects. No I/O, no HTTP, no chat."""
