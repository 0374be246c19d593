"""What the app costs when nothing streams: to start, to open what was said, to hold, to wait."""

from __future__ import annotations

import os
import statistics
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from tests.benchmarks.answers import message_text
from tests.benchmarks.screen_parts import READY, Figure, at_most, chat, cost_of_turn, name_of, program_for
from tests.benchmarks.watching import Watched, watched
from tests.program import Program
from tui.chat.conversation import Conversation
from tui.chat.message import ChatMessage
from tui.store.conversations import ConversationStore

MANY, FEW = 5000, 500
IDLE_S = 10
_LETTER = "Z"
_SIDEBAR, _TAB, _PAGE_UP = "\x1bOR", "\t", "\x1b[5~"


def start(url: str, quick: bool) -> Iterator[Figure]:
    """From exec to the first key that is echoed."""
    ours, bare = [], []
    with program_for(url) as program:
        for _ in range(3 if quick else 9):
            bare.append(_first_echo(["-m", "tests.benchmarks.bare_input"], dict(os.environ)))
            ours.append(_first_echo(["-m", "tui", "--model", "m"], program.environment()))
    mine, theirs = statistics.median(ours), statistics.median(bare)
    more = f" ({mine * 1000:.0f} ms against {theirs * 1000:.0f})"
    yield at_most("exec to first key echoed, against a bare Textual app", mine / theirs, 1.6, more=more)


def memory(url: str, quick: bool) -> Iterator[Figure]:
    """What it holds: ready, after a long answer, after a long conversation."""
    count = 20_000
    with chat(url, name_of(count)) as app:
        yield at_most("resident memory, ready", app.resident_mib, 60, " MiB")
        cost_of_turn(app, count, "hi")
        yield at_most(f"resident memory after {count:,} tokens", app.resident_mib, 90, " MiB")
    with program_for(url) as program:
        _keep_conversation(program, MANY)
        with chat(url, "m", program) as app:
            _open_latest(app, MANY)
            opened = app.resident_mib
            pages = _scroll_through(app)
            more = f" (opened {opened:.0f}; {pages:,} pages up)"
            yield at_most(f"resident memory, {MANY:,} messages scrolled through", app.resident_mib, 150, " MiB", more)


def opening(url: str, quick: bool) -> Iterator[Figure]:
    """From Enter in the sidebar to the first screen of a conversation."""
    walls: dict[int, list[float]] = {FEW: [], MANY: []}
    cpus: dict[int, list[float]] = {FEW: [], MANY: []}
    for count in (FEW, MANY):
        with program_for(url) as program:
            _keep_conversation(program, count)
            for _ in range(2 if quick else 5):
                with chat(url, "m", program) as app:
                    wall_s, cpu_s = _open_latest(app, count)
                walls[count].append(wall_s * 1000)
                cpus[count].append(cpu_s)
    many, few = statistics.median(walls[MANY]), statistics.median(walls[FEW])
    costs = f" (CPU until at rest: {min(cpus[MANY]):.2f} s against {min(cpus[FEW]):.2f} s)"
    yield at_most(f"opening {MANY:,} messages, key to first screen", many, 150, " ms", f" ({FEW}: {few:.0f} ms)")
    yield Figure(
        f"the same against {FEW}", f"{many / few:.2f}x{costs}", "independent of it (1.25x)", many / few <= 1.25
    )


def idle(url: str, quick: bool) -> Iterator[Figure]:
    """What it does when there is nothing to do: before anything was asked, and after an answer."""
    with chat(url, name_of(2000)) as app:
        for name in ("idle before the first prompt", "idle after an answer"):
            app.watch(2)
            written, cpu = app.received, app.cpu_s
            app.watch(IDLE_S)
            written, percent = app.received - written, (app.cpu_s - cpu) / IDLE_S * 100
            yield at_most(f"{name}, written to the terminal in {IDLE_S} s", written, 0, " bytes")
            yield at_most(f"{name}, CPU", percent, 0.5, " %")
            cost_of_turn(app, 2000, "hi")


def _first_echo(arguments: Sequence[str], environment: Mapping[str, str]) -> float:
    """Seconds from exec until a letter is on the screen that is pressed again and again."""
    with watched(arguments, environment) as app:
        app.until(lambda: app.received > 0)
        while not app.screen.shows(_LETTER):
            app.type(_LETTER)
            app.until(lambda: app.screen.shows(_LETTER), 0.01)
        return app.seen_at - app.began


def _keep_conversation(program: Program, count: int) -> None:
    """Keep a conversation of so many messages, by turns a prompt and an answer."""
    messages = [
        ChatMessage(
            id=f"m{at}",
            role="assistant" if at % 2 else "user",
            content=message_text(at, 4 if at % 2 else 1),
            parent_id=f"m{at - 1}" if at else None,
            created_at=1.7e9 + at,
            provider="server" if at % 2 else "",
            model="m" if at % 2 else "",
        )
        for at in range(count)
    ]
    assert all(before.id == after.parent_id for before, after in pairwise(messages))
    conversation = Conversation("long", created_at=1.7e9, provider="server", model="m").append(*messages)
    store = ConversationStore(program.data)
    store.add(conversation)
    store.close()


def _open_latest(app: Watched, count: int) -> tuple[float, float]:
    """Open the latest conversation of the sidebar; seconds until its last message is shown, CPU until at rest."""
    app.type(_SIDEBAR)
    app.calm()
    app.type(_TAB)
    app.calm()
    app.forget()
    before = app.cpu_s
    pressed = app.type("\r")
    if not app.sees_token(count - 1, 30):
        raise SystemExit(f"The conversation was not opened:\n{app.screen.text}")
    wall_s = app.seen_at - pressed
    app.calm()
    return wall_s, app.cpu_s - before


def _scroll_through(app: Watched) -> int:
    """Page up to the first message; how many pages that was."""
    app.shows(READY)
    pages = 0
    while not app.screen.shows("w00000"):
        written = app.received
        app.type(_PAGE_UP)
        pages += 1
        if not app.writes(written):
            raise SystemExit(f"The log did not move any further:\n{app.screen.text}")
    app.calm()
    return pages
