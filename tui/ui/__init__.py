"""The front end with a screen. The only room that knows Textual."""
