"""Files that go with a prompt: found, read, and refused where they cannot go."""
