"""How each kind of server speaks. Plain arguments (address, key, timeouts), never a config object."""
