"""The built-in demo server: real HTTP on loopback, where scripts play models. Imports no other package of `tui`."""
