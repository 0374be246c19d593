"""Connects to whichever address of a host accepts first ("Happy Eyeballs", RFC 8305).

Attempts start one after another, each after the one before has failed or has had a short head start; the first
connection wins and the others are closed. `localhost` often resolves to `::1` first, where many servers do not listen.

aiohappyeyeballs does the same, but merges the errors of all attempts into the text of one OSError, numbers included
("Multiple exceptions: [Errno 111] …"). Our messages need each error by itself, to describe it by its type.
"""

from __future__ import annotations

import asyncio
import socket
from typing import Final

from tui.providers.network.connection_errors import ConnectFailed, describe
from tui.providers.network.receive_buffer import ReceiveBuffer
from tui.providers.network.resolver import Address

_ATTEMPT_DELAY_S: Final = 0.25
"""The head start of an address before the next attempt begins. Source: RFC 8305, section 5."""

Connected = tuple[asyncio.Transport, ReceiveBuffer]


async def connect_first(addresses: list[Address], read_bytes: int) -> Connected:
    """Return the first connection that succeeds.

    Args:
        addresses: The addresses in order of preference; at least one.
        read_bytes: The size of the receive buffer.

    Raises:
        ConnectFailed: If every address failed. The message names the errors and the addresses.
    """
    remaining = list(addresses)
    attempts: set[asyncio.Task[Connected]] = set()
    errors: list[OSError] = []
    try:
        while remaining or attempts:
            if remaining:
                attempts.add(asyncio.ensure_future(_connect(remaining.pop(0), read_bytes)))
            done, attempts = await asyncio.wait(
                attempts, timeout=_ATTEMPT_DELAY_S if remaining else None, return_when=asyncio.FIRST_COMPLETED
            )
            for attempt in done:
                error = attempt.exception()
                if error is None:
                    attempts |= done - {attempt}
                    return attempt.result()
                assert isinstance(error, OSError)
                errors.append(error)
    finally:
        await _cancel(attempts)
    reasons = "; ".join(dict.fromkeys(describe(error) for error in errors))
    tried = ", ".join(str(address[0]) for _, address in addresses)
    raise ConnectFailed(f"{reasons} (tried {tried})" if len(addresses) > 1 else reasons) from errors[0]


async def _connect(address: Address, read_bytes: int) -> Connected:
    family, target = address
    loop = asyncio.get_running_loop()
    # asyncio sets TCP_NODELAY only on sockets whose protocol is explicitly TCP. Without TCP_NODELAY each request would
    # take 40 ms longer, because its head and its body are two writes.
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        sock.setblocking(False)
        # Before connecting: setting an option fails on a connection that was reset immediately.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        await loop.sock_connect(sock, target)
        return await loop.create_connection(lambda: ReceiveBuffer(read_bytes), sock=sock)
    except BaseException:
        sock.close()
        raise


async def _cancel(attempts: set[asyncio.Task[Connected]]) -> None:
    for attempt in attempts:
        attempt.cancel()
    for outcome in await asyncio.gather(*attempts, return_exceptions=True):
        # This attempt succeeded in the same iteration of the event loop as the winner.
        if isinstance(outcome, tuple):
            outcome[0].abort()
