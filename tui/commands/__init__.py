"""The front end without a screen. One file a command; stdout is data, stderr the rest."""
