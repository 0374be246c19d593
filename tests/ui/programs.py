"""Stand-ins for programs of the system: scripts in a folder that comes first in PATH."""

from __future__ import annotations

import sys
from pathlib import Path


class Programs:
    """A folder of programs."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def add(self, name: str, code: str) -> None:
        """Add a program.

        Args:
            name: Its name.
            code: What it does, in Python; `sys` is imported.
        """
        path = self._folder / name
        path.write_text(f"#!{sys.executable} -I\nimport sys\n{code}\n")
        path.chmod(0o755)
