"""Tests of `tui.ui.pictures`."""
