"""Resolves host names in daemon threads.

`loop.getaddrinfo` uses the event loop's thread pool, which keeps the process from exiting until a name server has
answered. A daemon thread per lookup does not: a cancelled lookup is abandoned, and its late answer is discarded.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from typing import Any

Address = tuple[socket.AddressFamily, tuple[Any, ...]]
"""The family of a socket, and the address to connect it to."""


async def resolve(host: str, port: int) -> list[Address]:
    """Return the addresses of a host, in order of preference. An IP address needs no lookup.

    Raises:
        OSError: If the name does not exist, is not valid, or the lookup failed.
    """
    with contextlib.suppress(OSError):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        socket.inet_pton(family, host)
        return [(family, (host, port))]

    loop = asyncio.get_running_loop()
    resolved: asyncio.Future[list[Address]] = loop.create_future()

    def set_outcome(outcome: list[Address] | OSError) -> None:
        if resolved.done():
            return
        if isinstance(outcome, OSError):
            resolved.set_exception(outcome)
        else:
            resolved.set_result(outcome)

    def look_up() -> None:
        outcome = _look_up(host, port)
        # RuntimeError: the loop was closed because the program ended in the meantime.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(set_outcome, outcome)

    threading.Thread(target=look_up, name=f"resolve {host}", daemon=True).start()
    return await resolved


def _look_up(host: str, port: int) -> list[Address] | OSError:
    try:
        return [
            (family, address) for family, _, _, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        ]
    except OSError as error:
        return error
    except UnicodeError:
        # Python refuses names with an empty or too long label before it asks a name server.
        return OSError(0, "it is not a valid host name")
