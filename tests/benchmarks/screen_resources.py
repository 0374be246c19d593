"""Start time, memory, the time to open a conversation, and idle CPU time."""

from __future__ import annotations

import os
import statistics
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from tests.benchmarks.answers import message_text
from tests.benchmarks.observed_program import ObservedProgram, observe
from tests.benchmarks.screen_common import READY, Measurement, at_most, chat, cost_of_turn, model_name, program_for
from tests.program import Program
from tui.chat.conversation import Conversation
from tui.chat.message import ChatMessage
from tui.store.conversations import ConversationStore

BARE = ("-m", "tests.benchmarks.bare_input")
MANY, FEW = 5000, 500
IDLE_S = 10
_LETTER = "Z"
_SIDEBAR, _TAB, _PAGE_UP = "\x1bOR", "\t", "\x1b[5~"


def start(url: str, quick: bool) -> Iterator[Measurement]:
    """Time and CPU time from the start of the process to the first echoed key, with and without byte code."""
    with program_for(url) as program:
        for has_bytecode, limit in ((True, 1.15), (False, 1.25)):
            app, bare = [], []
            for _ in range(3 if quick else 9):
                bare.append(_first_echo(BARE, dict(os.environ), has_bytecode))
                app.append(_first_echo(["-m", "tui", "--model", "m"], program.environment(), has_bytecode))
            kind = "" if has_bytecode else ", without byte code"
            for name, at in (("start to first echoed key", 0), ("the same, CPU", 1)):
                app_s, bare_s = (statistics.median(run[at] for run in runs) for runs in (app, bare))
                details = f" ({app_s * 1000:.0f} ms and {bare_s * 1000:.0f} ms)"
                yield at_most(f"{name}{kind}, relative to a bare Textual app", app_s / bare_s, limit, details=details)
            ready_s = statistics.median(run[2] for run in app)
            yield Measurement(f"start to the first conversation{kind}", f"{ready_s * 1000:.0f} ms", "")


def memory(url: str, quick: bool) -> Iterator[Measurement]:
    """Resident memory: after the start, after a long answer, after a long conversation."""
    count = 20_000
    with observe(BARE, dict(os.environ)) as bare:
        bare.wait_for_output(0)
        bare.wait_for_idle()
        yield Measurement("resident memory, a bare Textual app", f"{bare.resident_mib:.3g} MiB", "")
    with chat(url, model_name(count)) as app:
        yield at_most("resident memory, ready", app.resident_mib, 60, " MiB")
        cost_of_turn(app, count, "hi")
        yield at_most(f"resident memory after {count:,} tokens", app.resident_mib, 90, " MiB")
    with program_for(url) as program:
        _save_conversation(program, MANY)
        with chat(url, "m", program) as app:
            _open_latest(app, MANY)
            opened_mib = app.resident_mib
            pages = _scroll_through(app)
            details = f" (opened {opened_mib:.0f}; {pages:,} pages up)"
            yield at_most(
                f"resident memory, {MANY:,} messages scrolled through", app.resident_mib, 150, " MiB", details
            )


def opening(url: str, quick: bool) -> Iterator[Measurement]:
    """The time from Enter in the sidebar to the first screen of a conversation."""
    walls_ms: dict[int, list[float]] = {FEW: [], MANY: []}
    cpus_s: dict[int, list[float]] = {FEW: [], MANY: []}
    for count in (FEW, MANY):
        with program_for(url) as program:
            _save_conversation(program, count)
            for _ in range(2 if quick else 5):
                with chat(url, "m", program) as app:
                    wall_s, cpu_s = _open_latest(app, count)
                walls_ms[count].append(wall_s * 1000)
                cpus_s[count].append(cpu_s)
    many, few = statistics.median(walls_ms[MANY]), statistics.median(walls_ms[FEW])
    costs = f" (CPU until idle: {min(cpus_s[MANY]):.2f} s and {min(cpus_s[FEW]):.2f} s)"
    yield at_most(f"opening {MANY:,} messages, Enter to first screen", many, 150, " ms", f" ({FEW}: {few:.0f} ms)")
    yield Measurement(
        f"opening {MANY:,} messages, relative to {FEW}",
        f"{many / few:.2f}x{costs}",
        "at most 1.25x",
        many / few <= 1.25,
    )


def idle(url: str, quick: bool) -> Iterator[Measurement]:
    """CPU time and output while idle: before the first prompt, and after an answer."""
    with chat(url, model_name(2000)) as app:
        for name in ("idle before the first prompt", "idle after an answer"):
            app.observe_for(2)
            bytes_before, cpu_before = app.bytes_received, app.cpu_s
            app.observe_for(IDLE_S)
            written, percent = app.bytes_received - bytes_before, (app.cpu_s - cpu_before) / IDLE_S * 100
            yield at_most(f"{name}, written to the terminal in {IDLE_S} s", written, 0, " bytes")
            yield at_most(f"{name}, CPU", percent, 0.5, " %")
            cost_of_turn(app, 2000, "hi")


def _first_echo(
    arguments: Sequence[str], environment: Mapping[str, str], has_bytecode: bool
) -> tuple[float, float, float]:
    """Seconds from the start of the process until a repeatedly pressed letter is on the screen.

    Returns:
        Seconds by the clock, seconds of CPU time, and seconds by the clock until the welcome of the chat is shown.
    """
    with observe(arguments, environment, has_bytecode=has_bytecode) as app:
        app.wait_until(lambda: app.bytes_received > 0)
        while not app.screen.contains(_LETTER):
            app.type(_LETTER)
            app.wait_until(lambda: app.screen.contains(_LETTER), 0.01)
        echo_s, cpu_s = app.last_output_at - app.started_at, app.cpu_s
        if arguments is not BARE:
            app.wait_for_text("Servers")
        return echo_s, cpu_s, app.last_output_at - app.started_at


def _save_conversation(program: Program, count: int) -> None:
    """Save a conversation with the given number of messages, alternately prompts and answers."""
    messages = [
        ChatMessage(
            id=f"m{index}",
            role="assistant" if index % 2 else "user",
            content=message_text(index, 4 if index % 2 else 1),
            parent_id=f"m{index - 1}" if index else None,
            created_at=1.7e9 + index,
            provider="server" if index % 2 else "",
            model="m" if index % 2 else "",
        )
        for index in range(count)
    ]
    assert all(before.id == after.parent_id for before, after in pairwise(messages))
    conversation = Conversation("long", created_at=1.7e9, provider="server", model="m").append(*messages)
    store = ConversationStore(program.data)
    store.add(conversation)
    store.close()


def _open_latest(app: ObservedProgram, count: int) -> tuple[float, float]:
    """Open the latest conversation. Returns seconds until its last message is shown, and CPU seconds until idle."""
    app.type(_SIDEBAR)
    app.wait_for_idle()
    app.type(_TAB)
    app.wait_for_idle()
    app.reset_tokens()
    before = app.cpu_s
    pressed_at = app.type("\r")
    if not app.wait_for_token(count - 1, 30):
        raise SystemExit(f"The conversation was not opened:\n{app.screen.text}")
    wall_s = app.last_output_at - pressed_at
    app.wait_for_idle()
    return wall_s, app.cpu_s - before


def _scroll_through(app: ObservedProgram) -> int:
    """Page up to the first message. Returns the number of pages."""
    app.wait_for_text(READY)
    pages = 0
    while not app.screen.contains("w00000"):
        bytes_before = app.bytes_received
        app.type(_PAGE_UP)
        pages += 1
        if not app.wait_for_output(bytes_before):
            raise SystemExit(f"The transcript did not scroll:\n{app.screen.text}")
    app.wait_for_idle()
    return pages
