"""llm-tui: a terminal chat client for language models that you run yourself."""

__version__ = "0.1.0"
