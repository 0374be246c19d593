"""The message log's model: what each message looks like, how high it is, and how its lines are painted."""
