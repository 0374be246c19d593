"""What other programs, and ours, have exported → conversations, and a report of what could not be taken."""
