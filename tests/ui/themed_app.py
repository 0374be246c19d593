"""An app for tests of single widgets, which has the variables that their styles use."""

from __future__ import annotations

from textual.app import App

from tui.ui.theme.palette import LAMPLIGHT


class ThemedApp(App[None]):
    """An app with the colour roles."""

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """The colour roles, as the real app defines them."""
        return LAMPLIGHT.variables
