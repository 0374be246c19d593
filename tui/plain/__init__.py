"""The chat without full-screen drawing: for screen readers, slow lines and dumb terminals.

The second front end of the workspace. It writes lines, from top to bottom, and never moves the cursor. `keyboard` reads
lines in the main thread, everything else runs in the event loop of a second one. `console` is what the others speak
through.
"""
