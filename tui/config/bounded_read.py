"""Reads a small file that may turn out to be something else: a pipe, a device, or far too large."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path


class TooLarge(Exception):
    """The file is larger than the limit."""


def read_bounded(path: Path, max_bytes: int) -> bytes:
    """The content of a file. Never blocks, and never reads much more than the limit.

    Args:
        path: The file. The null device counts as an empty file.
        max_bytes: The limit.

    Raises:
        TooLarge: If the file is larger.
        OSError: If it cannot be read, or is a pipe or a socket.
    """
    # Opening a pipe blocks until a program opens its other end. Windows has no such flag.
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(descriptor, "rb", buffering=0) as file:
        status = os.fstat(descriptor)
        if stat.S_ISFIFO(status.st_mode) or stat.S_ISSOCK(status.st_mode):
            raise OSError(errno.EINVAL, "it is not a regular file")
        if status.st_size > max_bytes:
            raise TooLarge
        content = bytearray()
        # A device has no size, and a file may grow.
        while part := file.read(max_bytes + 1 - len(content)):
            content += part
            if len(content) > max_bytes:
                raise TooLarge
    return bytes(content)
