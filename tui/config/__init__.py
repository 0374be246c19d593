"""The user's settings: loaded from a TOML file with precise errors, and saved without touching anything else in it."""
