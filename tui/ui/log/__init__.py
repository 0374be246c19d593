"""What the message log consists of: what each message looks like, how high it is, how its lines are painted."""
