"""A server in the house: real HTTP on loopback, spoken by scripts that play models. It imports nothing of ours."""
