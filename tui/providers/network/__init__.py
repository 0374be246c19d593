"""Connections to servers: addresses, sockets, timeouts, HTTP. Other packages use `transport` and `response`."""
