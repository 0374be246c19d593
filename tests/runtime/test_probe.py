"""Background probes."""

from __future__ import annotations

import asyncio

from tui.runtime.probe import BackgroundProbes, ProbeResult


class Servers:
    """Servers that wait for the test before they answer."""

    def __init__(self) -> None:
        self.answers = {name: asyncio.Event() for name in ("slow", "fast")}
        self.cancelled: list[str] = []

    async def probe(self, name: str) -> ProbeResult:
        try:
            await self.answers[name].wait()
        except asyncio.CancelledError:
            self.cancelled.append(name)
            raise
        return ProbeResult(name)


async def test_results_are_reported_in_the_order_they_arrive() -> None:
    servers, reported = Servers(), list[str]()
    slow, fast = BackgroundProbes(servers.probe).start(["slow", "fast"], lambda result: reported.append(result.name))

    servers.answers["fast"].set()
    await fast
    servers.answers["slow"].set()
    await slow

    await asyncio.sleep(0)
    assert reported == ["fast", "slow"]


async def test_closing_cancels_running_probes_without_a_report() -> None:
    servers, reported = Servers(), list[str]()
    probes = BackgroundProbes(servers.probe)
    _, fast = probes.start(["slow", "fast"], lambda result: reported.append(result.name))
    servers.answers["fast"].set()
    await fast

    await probes.aclose()

    assert servers.cancelled == ["slow"]
    assert reported == ["fast"]
