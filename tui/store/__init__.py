"""Storage of conversations in SQLite. Callers pass the folder; this package never looks it up."""
