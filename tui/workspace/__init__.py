"""The conversations that are open, and everything that can be done with them. Knows no Textual: both front ends use it.

`Workspace` owns the open conversations and is the only writer of a conversation and of the store. It reports what
changed through `events`; a front end shows it.
"""
