"""How conversations are kept: SQLite. The path is given, never looked up."""
