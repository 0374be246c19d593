"""Several processes on one folder, some of them killed."""

from __future__ import annotations

import contextlib
import itertools
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.store.factories import is_sound, raw_connection, store_in
from tests.store.other_instance import MESSAGES, PIECES, SHARED
from tests.store.test_schema import add_messages, backups_in, contents, version_of, write_version
from tui.chat.message import ChatMessage
from tui.store.conversations import FILE_NAME
from tui.store.loading import INTERRUPTED
from tui.store.schema import MIGRATIONS

ROOT = Path(__file__).parents[2]

CONTENT = "".join(f"{number} " for number in range(PIECES))
THINKING = "".join(f"({number})" for number in range(PIECES))


class OtherInstance:
    """A process that runs `other_instance`."""

    def __init__(self, role: str, folder: Path, name: str) -> None:
        """Start the process, which waits for `go`."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.store.other_instance", role, str(folder), name],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.next_line() == "ready"

    def go(self, count: str = "") -> None:
        """Let the process perform its role."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{count}\n")
        self.process.stdin.flush()

    def next_line(self) -> str:
        """The next line of its output. Empty if the process has ended."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def remaining_lines(self) -> list[str]:
        """Every complete line until the process ends."""
        assert self.process.stdout is not None
        return [line.strip() for line in self.process.stdout if line.endswith("\n")]

    def kill(self) -> None:
        """Kill the process as `kill -9` does."""
        self.process.kill()
        assert self.process.wait() == -signal.SIGKILL


@contextlib.contextmanager
def other_instances(role: str, folder: Path, *names: str) -> Iterator[list[OtherInstance]]:
    """Other instances, ready for `go`; killed on exit."""
    started: list[OtherInstance] = []
    try:
        started.extend(OtherInstance(role, folder, name) for name in names)
        yield started
    finally:
        for other in started:
            other.process.kill()
            # Not `communicate`: some tests have read the output to its end.
            other.process.wait()
            for pipe in (other.process.stdin, other.process.stdout):
                assert pipe is not None
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()


def test_answer_of_killed_instance_becomes_interrupted(tmp_path: Path) -> None:
    with other_instances("stream", tmp_path, "c") as [other], store_in(tmp_path) as store:
        other.go()
        assert other.next_line() == "grown"
        answer = store.load("c").path[-1]
        assert (answer.content, answer.thinking) == (CONTENT, THINKING)
        assert (answer.outcome, answer.failure) == ("streaming", None)

        other.kill()

        answer = store.load("c").path[-1]
        assert (answer.content, answer.thinking) == (CONTENT, THINKING)
        assert (answer.outcome, answer.failure) == ("failed", INTERRUPTED)
    assert is_sound(tmp_path)


def test_later_instances_load_the_interrupted_answer(tmp_path: Path) -> None:
    with other_instances("stream", tmp_path, "c") as [other]:
        other.go()
        assert other.next_line() == "grown"
        other.kill()
    for _ in range(2):
        with store_in(tmp_path) as store:
            latest = store.latest()
            assert latest is not None
            assert latest.path[-1].content == CONTENT
            assert latest.path[-1].failure == INTERRUPTED


def test_two_processes_write_to_one_conversation(tmp_path: Path) -> None:
    with other_instances("talk", tmp_path, "one", "two") as talking:
        for other in talking:
            other.go()
        for other in talking:
            assert len(other.remaining_lines()) == MESSAGES
            assert other.process.wait() == 0
    with store_in(tmp_path) as store:
        conversation = store.load(SHARED)
    assert set(conversation.messages) == {f"{name}-{number}" for name in ("one", "two") for number in range(MESSAGES)}
    for name in ("one", "two"):
        assert [message.id for message in conversation.at(f"{name}-{MESSAGES - 1}").path] == [
            f"{name}-{number}" for number in range(MESSAGES)
        ]
    assert is_sound(tmp_path)


@pytest.mark.parametrize("confirmed", [0, 1, 7, 40])
def test_kill_of_one_writer_loses_no_confirmed_message(tmp_path: Path, confirmed: int) -> None:
    with other_instances("talk", tmp_path, "one", "two") as [killed, other]:
        killed.go()
        other.go()
        lines = [killed.next_line() for _ in range(confirmed)]
        killed.kill()
        lines += killed.remaining_lines()
        lines += other.remaining_lines()
    assert is_sound(tmp_path)
    with store_in(tmp_path) as store:
        conversation = store.load(SHARED)
    assert set(lines) <= set(conversation.messages)
    # At most one message was saved without being confirmed.
    assert len(conversation.messages) - len(lines) in (0, 1)


WRITES = 400
KILLS = 20


@pytest.mark.timeout(240)
def test_twenty_kills_lose_no_confirmed_write(tmp_path: Path) -> None:
    chance = random.Random(5)
    confirmed: list[str] = []
    begins = 0
    with other_instances("write", tmp_path, "steady") as [steady]:
        for _ in range(KILLS):
            # One process writes a batch while the other is killed at a random point.
            steady.go(str(WRITES // KILLS))
            with other_instances("write", tmp_path, "killed") as [killed]:
                killed.go("0")
                lines = list(itertools.takewhile(bool, (killed.next_line() for _ in range(chance.randrange(20, 40)))))
                time.sleep(chance.random() / 1_000)
                killed.kill()
                lines += killed.remaining_lines()
            begins += sum(line.startswith("killed-q") for line in lines)
            confirmed += lines
            while (line := steady.next_line()) != "done":
                confirmed.append(line)
    assert len([line for line in confirmed if line.startswith("steady")]) == WRITES
    assert len([line for line in confirmed if line.startswith("killed")]) >= WRITES
    assert is_sound(tmp_path)
    with store_in(tmp_path) as store:
        saved = store.load(SHARED).messages
        for line in confirmed:
            id_, _, content = line.partition(":")
            assert saved[id_].content.startswith(content), line
            if "other" in content:
                assert (saved[id_].content, saved[id_].outcome) == (content, "complete")
        # At most one prompt per killed process was saved without being confirmed.
        prompts = sum(id_.startswith("killed-q") for id_ in saved)
        assert 0 <= prompts - begins <= KILLS
        found = store.search("half", 100_000)
        assert len(found) == sum(
            message.content.startswith("half") for message in saved.values() if is_complete(message)
        )
    with raw_connection(tmp_path / FILE_NAME) as connection:
        # Raises if the full-text index does not match the messages.
        connection.execute("INSERT INTO words (words, rank) VALUES ('integrity-check', 1)")


def is_complete(message: ChatMessage) -> bool:
    return message.outcome == "complete"


def test_instances_can_start_concurrently_in_a_new_folder(tmp_path: Path) -> None:
    names = [str(number) for number in range(6)]
    folder = tmp_path / "data"
    with other_instances("look_in", folder, *names) as starting:
        for other in starting:
            other.go()
        assert [other.process.wait() for other in starting] == [0] * len(names)
    with store_in(folder) as store:
        assert {summary.id for summary in store.recent(10)} == set(names)


def test_killed_upgrades_leave_the_old_file_and_one_copy(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    write_version(path, 2)
    add_messages(path, 2_000)
    before = contents(path)
    for _ in range(2):
        with other_instances("upgrade", tmp_path, "c") as [other]:
            other.go()
            assert other.next_line() == "half"
            other.kill()
        assert version_of(path) == 2
        assert contents(path) == before
        assert backups_in(tmp_path) == [f"{FILE_NAME}.v2.bak.tmp"]

    with store_in(tmp_path) as store:
        assert len(store.search("number", 3_000)) == 2_000
    assert version_of(path) == len(MIGRATIONS)
    assert is_sound(tmp_path)
    assert backups_in(tmp_path) == [f"{FILE_NAME}.v2.bak"]
    assert contents(tmp_path / f"{FILE_NAME}.v2.bak") == before
