"""`llm-tui config path | show | init`."""

from __future__ import annotations

import argparse
import os

from tui.commands.bootstrap import load_settings
from tui.commands.output import print_path, print_text
from tui.config.paths import config_location
from tui.config.show import show_lines
from tui.config.template import init_config


def run_config(arguments: argparse.Namespace) -> int:
    """Print the path of the config file or the effective settings, or write a template."""
    match arguments.action:
        case "show":
            print_text("\n".join(show_lines(load_settings(arguments), os.environ)))
        case "init":
            path = config_location(os.environ, arguments.config).path
            init_config(path)
            print_path(path)
        case _:
            print_path(config_location(os.environ, arguments.config).path)
    return 0
