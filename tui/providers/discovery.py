"""Finds model servers: asks addresses of this machine, all at once, who answers there.

Everything ends within `DEADLINE_S`, whatever hangs: what a server has answered until then decides what it is. No proxy
is used, no key is sent, and nothing is asked that could load or wake a model (`recognition`).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from tui.errors import ProviderError
from tui.light_dataclass import dataclass
from tui.limits import TimeLimits
from tui.providers.network.address import ServerAddress, parse_address
from tui.providers.network.transport import Transport
from tui.providers.recognition import MODEL_LIST, Answer, ServerIdentity, ServerType, paths_to_ask, recognize

DEADLINE_S: Final = 0.9
"""How long a search may take, in seconds."""

LOCAL_PORTS: Final = (11434, 1234, 9931, 8080, 8000, 30000, 1337, 13305, 12434, 5001)
"""The usual ports: Ollama, LM Studio, llama.cpp (two), vLLM, SGLang, Jan, Lemonade, Docker Model Runner, KoboldCpp.
8080 is also that of LocalAI, mlx-lm and llama-swap."""

_LOOPBACK: Final = ("127.0.0.1", "[::1]")
_MAX_BODY_BYTES: Final = 4 * 2**20
_MAX_TEXT_CHARS: Final = 2_000


@dataclass(frozen=True, slots=True)
class FoundServer:
    """A model server that answered."""

    type: ServerType

    label: str
    """Its name and version: `vLLM 0.32.0`."""

    base_url: str
    """Its address, as it can be written to the config file."""

    n_models: int | None = None
    """How many models it lists. None if that is not known."""

    needs_key: bool = False
    """Whether it refuses requests without an API key."""

    software: str = ""
    """Its name without the version: `vLLM`."""

    configured_as: str = ""
    """The name of the provider with this address. Empty if there is none."""

    @property
    def is_configured(self) -> bool:
        """Whether there is a provider with this address."""
        return bool(self.configured_as)


async def find_servers(
    ports: Iterable[int] = LOCAL_PORTS, addresses: Iterable[str] = (), deadline_s: float = DEADLINE_S
) -> tuple[FoundServer, ...]:
    """The model servers that answer, in the order of the ports and addresses.

    Args:
        ports: Ports of this machine, asked over IPv4 and IPv6.
        addresses: Further addresses. Only the user may set one of another machine.
        deadline_s: How long to wait, in seconds.

    Raises:
        ConfigError: If an address is invalid.
    """
    local = [parse_address(f"http://{host}:{port}") for port in dict.fromkeys(ports) for host in _LOOPBACK]
    places = dict.fromkeys([*local, *map(parse_address, addresses)])
    probes = [ServerProbe(place, deadline_s) for place in places]
    tasks = [asyncio.create_task(probe.run(), name=f"find {probe.address}") for probe in probes]
    try:
        if tasks:
            await asyncio.wait(tasks, timeout=deadline_s)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    found: dict[tuple[str, str, int], FoundServer] = {}
    for probe in probes:
        if (identity := probe.identity) is not None and identity.type != "demo":
            # A server that listens on both loopback addresses is one server.
            host = "" if probe.address.is_loopback else probe.address.host
            found.setdefault((identity.label, host, probe.address.port), _found(probe.address, identity))
    return tuple(found.values())


async def identify(
    base_url: str, *, key: str | None = None, verify: bool | str = True, deadline_s: float = DEADLINE_S
) -> ServerIdentity | None:
    """Which software answers at an address. None if it is not a model server, or does not answer in time.

    Args:
        base_url: The address. Its path is left out.
        key: The API key of the server. None sends none.
        verify: How its certificate is verified; see `Transport`.
        deadline_s: How long to wait, in seconds.

    Raises:
        ConfigError: If the address is invalid.
    """
    address = replace(parse_address(base_url), path="")
    probe = ServerProbe(address, deadline_s, key=key, verify=verify, uses_proxy=True)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(deadline_s):
            await probe.run()
    return probe.identity


class ServerProbe:
    """Asks one address, and remembers the answers so far."""

    def __init__(
        self,
        address: ServerAddress,
        deadline_s: float,
        *,
        key: str | None = None,
        verify: bool | str = True,
        uses_proxy: bool = False,
    ) -> None:
        """Args:
        address: The server's address.
        deadline_s: The time limit of each part of a request, in seconds.
        key: The API key. None sends none.
        verify: See `Transport`.
        uses_proxy: Whether a proxy that the environment names is used.
        """
        self.address = address
        self._answers: dict[str, Answer] = {}
        self._transport = Transport(
            address,
            server=str(address),
            limits=TimeLimits(connect=deadline_s, first_token=deadline_s, idle=deadline_s, total=deadline_s),
            key=key,
            verify=verify,
            uses_proxy=uses_proxy,
        )

    @property
    def identity(self) -> ServerIdentity | None:
        """Which software it is, judging by the answers so far."""
        return recognize(self._answers)

    async def run(self) -> None:
        """Ask everything that helps to tell which software it is."""
        try:
            await self._ask(MODEL_LIST)
            if (listed := self._answers.get(MODEL_LIST)) is not None:
                await asyncio.gather(*map(self._ask, paths_to_ask(listed)))
        finally:
            await self._transport.aclose()

    async def _ask(self, path: str) -> None:
        # A server that does not answer is the usual case.
        with contextlib.suppress(ProviderError):
            async with self._transport.exchange("GET", path) as response:
                text = (await response.read(_MAX_BODY_BYTES)).decode("utf-8-sig", "replace")
                self._answers[path] = Answer(
                    response.status, response.headers.get("server", ""), text[:_MAX_TEXT_CHARS], _parsed(text)
                )


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    # Deep nesting is not an answer either.
    except (ValueError, RecursionError):
        return None


def _found(address: ServerAddress, identity: ServerIdentity) -> FoundServer:
    return FoundServer(
        type=identity.type,
        label=identity.label,
        base_url=f"{address}{identity.api_path}",
        n_models=identity.n_models,
        needs_key=identity.needs_key,
        software=identity.software,
    )


START_COMMANDS: Final[Mapping[str, str]] = {
    "Ollama": "ollama serve",
    "LM Studio": "lms server start",
    "llama.cpp": "llama-server -m MODEL.gguf",
    "vLLM": "vllm serve MODEL",
    "SGLang": "python -m sglang.launch_server --model MODEL",
    "LocalAI": "local-ai run",
    "Lemonade": "lemonade-server serve",
    "Docker Model Runner": "docker desktop enable model-runner --tcp 12434",
    "KoboldCpp": "koboldcpp --model MODEL.gguf",
    "Jan": "Start Server, in its settings",
}
"""How each server is started, by the name of its software."""
