"""The command-line front end, one module per command. Data goes to stdout, everything else to stderr."""
