"""One fault, and running it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from tests.fault_server import Script
from tests.providers.bodies import Answer
from tests.providers.client import RETRY_IMMEDIATELY, Outcome
from tests.providers.exchange import DEFAULT_NETWORK, Exchange, NetworkSetup, run_exchange
from tests.providers.wire_formats import WIRE_FORMATS, WireFormat
from tui.errors import ErrorKind

OLLAMA: Final = WIRE_FORMATS[:2]
OLLAMA_CHAT: Final = WIRE_FORMATS[:1]
EVENT_STREAMS: Final = WIRE_FORMATS[2:]
LM_STUDIO: Final = WIRE_FORMATS[3:]

SHORT_TIMEOUT_S: Final = 0.05
MAX_ATTEMPTS: Final = RETRY_IMMEDIATELY.attempts

COMPLETE: Final = Answer("Hello", finish_reason="stop")
"""The complete answer of most servers in the catalogue."""

PARTIAL: Final = Answer("Hello")
"""The answer without a finish reason, as when the stream is cut off."""


@dataclass(frozen=True)
class Fault:
    """One fault of a server or a network, and its expected outcome."""

    title: str
    """What happens, as a sentence without a full stop."""

    script: Callable[[WireFormat], Script] | None = None
    """Makes the script that the server runs for each attempt. None if no request reaches the server."""

    wires: Sequence[WireFormat] = WIRE_FORMATS
    """The wire formats in which the fault can occur."""

    error_kind: ErrorKind | None = None
    """The kind of the expected error. None expects a complete answer."""

    expected_answer: Answer = field(default_factory=Answer)
    """The answer, or the part of it that arrives before the error. Token counts and times are not compared."""

    expected_words: tuple[str, ...] = ()
    """Texts that the error message or its hint must contain."""

    forbidden_words: tuple[str, ...] = ()
    """Texts that the error message and its hint must not contain."""

    attempts: int = 1
    """The expected number of attempts, of `MAX_ATTEMPTS` allowed."""

    options: Mapping[str, Any] = field(default_factory=dict)
    """Options of the provider that differ from the defaults."""

    network: NetworkSetup = DEFAULT_NETWORK
    """The server's address, and the DNS and proxies before it."""

    on_connect: Script | None = None
    """Runs on each new connection before the server reads from it."""

    prompt: str = "Hi"

    stop_when: Callable[[Exchange], bool] | None = None
    """The condition under which the user stops the answer. None means never."""

    def __str__(self) -> str:
        return self.title


async def run_fault(fault: Fault, wire: WireFormat) -> Outcome:
    """Send a prompt to a server with the fault. See `run_exchange` for what is checked in every case."""
    return await run_exchange(
        wire,
        *([] if fault.script is None else [fault.script(wire)] * fault.attempts),
        network=fault.network,
        on_connect=fault.on_connect,
        prompt=fault.prompt,
        stop_when=fault.stop_when,
        **{"retry": RETRY_IMMEDIATELY, **fault.options},
    )
