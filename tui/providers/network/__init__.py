"""How bytes get to a server and back: addresses, sockets, clocks. `transport.py` is its one door."""
