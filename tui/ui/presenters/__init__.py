"""Each presenter shows one aspect of the workspace in widgets: it listens to events and sets what widgets show."""
