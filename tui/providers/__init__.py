"""Providers for each type of server. They take plain options (address, key, timeouts), not a config object."""
