"""Several processes on one folder, and processes that are killed."""

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

from tests.store.factories import database, is_sound, store_in
from tests.store.other_instance import MESSAGES, PIECES, SHARED
from tui.chat.message import ChatMessage
from tui.store.conversations import FILE_NAME, INTERRUPTED

ROOT = Path(__file__).parents[2]

CONTENT = "".join(f"{number} " for number in range(PIECES))
THINKING = "".join(f"({number})" for number in range(PIECES))


class Other:
    """Another instance, see `other_instance`."""

    def __init__(self, role: str, folder: Path, name: str) -> None:
        """Start it; it waits for `go`."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.store.other_instance", role, str(folder), name],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.hear() == "ready"

    def go(self, how_far: str = "") -> None:
        """Let it do what its role is."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{how_far}\n")
        self.process.stdin.flush()

    def hear(self) -> str:
        """The next word that it says. Empty when it has ended."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def hear_all(self) -> list[str]:
        """Every word until it ends. A last one that was cut is none."""
        assert self.process.stdout is not None
        return [line.strip() for line in self.process.stdout if line.endswith("\n")]

    def kill(self) -> None:
        """End it as `kill -9` does."""
        self.process.kill()
        assert self.process.wait() == -signal.SIGKILL


@contextlib.contextmanager
def others(role: str, folder: Path, *names: str) -> Iterator[list[Other]]:
    """Other instances, ready to go; ended afterwards."""
    started: list[Other] = []
    try:
        started.extend(Other(role, folder, name) for name in names)
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


def test_an_answer_is_streaming_while_its_instance_lives_and_interrupted_once_it_is_killed(tmp_path: Path) -> None:
    with others("stream", tmp_path, "c") as [other], store_in(tmp_path) as store:
        other.go()
        assert other.hear() == "grown"
        answer = store.load("c").path[-1]
        assert (answer.content, answer.thinking) == (CONTENT, THINKING)
        assert (answer.outcome, answer.failure) == ("streaming", None)

        other.kill()

        answer = store.load("c").path[-1]
        assert (answer.content, answer.thinking) == (CONTENT, THINKING)
        assert (answer.outcome, answer.failure) == ("failed", INTERRUPTED)
    assert is_sound(tmp_path)


def test_an_interrupted_answer_is_there_for_whoever_starts_next(tmp_path: Path) -> None:
    with others("stream", tmp_path, "c") as [other]:
        other.go()
        assert other.hear() == "grown"
        other.kill()
    for _ in range(2):
        with store_in(tmp_path) as store:
            latest = store.latest()
            assert latest is not None
            assert latest.path[-1].content == CONTENT
            assert latest.path[-1].failure == INTERRUPTED


def test_two_processes_write_to_one_conversation_and_nothing_is_lost(tmp_path: Path) -> None:
    with others("talk", tmp_path, "one", "two") as talking:
        for other in talking:
            other.go()
        for other in talking:
            assert len(other.hear_all()) == MESSAGES
            assert other.process.wait() == 0
    with store_in(tmp_path) as store:
        said = store.load(SHARED)
    assert set(said.messages) == {f"{name}-{number}" for name in ("one", "two") for number in range(MESSAGES)}
    for name in ("one", "two"):
        assert [message.id for message in said.at(f"{name}-{MESSAGES - 1}").path] == [
            f"{name}-{number}" for number in range(MESSAGES)
        ]
    assert is_sound(tmp_path)


@pytest.mark.parametrize("heard", [0, 1, 7, 40])
def test_nothing_that_was_confirmed_is_lost_when_one_of_two_is_killed(tmp_path: Path, heard: int) -> None:
    with others("talk", tmp_path, "one", "two") as [killed, other]:
        killed.go()
        other.go()
        words = [killed.hear() for _ in range(heard)]
        killed.kill()
        words += killed.hear_all()
        words += other.hear_all()
    assert is_sound(tmp_path)
    with store_in(tmp_path) as store:
        said = store.load(SHARED)
    assert set(words) <= set(said.messages)
    # One more may have been kept than was confirmed, and no more than that.
    assert len(said.messages) - len(words) in (0, 1)


WRITES = 1_000
KILLS = 50


@pytest.mark.timeout(240)
def test_nothing_that_was_confirmed_is_lost_though_one_of_two_is_killed_fifty_times(tmp_path: Path) -> None:
    chance = random.Random(5)
    confirmed: list[str] = []
    begins = 0
    with others("write", tmp_path, "steady") as [steady]:
        for _ in range(KILLS):
            # A batch of the one, while the other is killed wherever it happens to be.
            steady.go(str(WRITES // KILLS))
            with others("write", tmp_path, "mortal") as [mortal]:
                mortal.go("0")
                words = list(itertools.takewhile(bool, (mortal.hear() for _ in range(chance.randrange(20, 40)))))
                time.sleep(chance.random() / 1_000)
                mortal.kill()
                words += mortal.hear_all()
            begins += sum(word.startswith("mortal-q") for word in words)
            confirmed += words
            while (word := steady.hear()) != "done":
                confirmed.append(word)
    assert len([word for word in confirmed if word.startswith("steady")]) == WRITES
    assert len([word for word in confirmed if word.startswith("mortal")]) >= WRITES
    assert is_sound(tmp_path)
    with store_in(tmp_path) as store:
        kept = store.load(SHARED).messages
        for word in confirmed:
            id_, _, content = word.partition(":")
            assert kept[id_].content.startswith(content), word
            if "other" in content:
                assert (kept[id_].content, kept[id_].outcome) == (content, "complete")
        # One more prompt may have been kept in each life than was confirmed, and no more than that.
        prompts = sum(id_.startswith("mortal-q") for id_ in kept)
        assert 0 <= prompts - begins <= KILLS
        found = store.search("half", 100_000)
        assert len(found) == sum(message.content.startswith("half") for message in kept.values() if is_whole(message))
    with database(tmp_path / FILE_NAME) as connection:
        # Raises where the index of words does not say what the messages do.
        connection.execute("INSERT INTO words (words, rank) VALUES ('integrity-check', 1)")


def is_whole(message: ChatMessage) -> bool:
    return message.outcome == "complete"


def test_instances_that_start_at_once_in_a_new_folder_all_do(tmp_path: Path) -> None:
    names = [str(number) for number in range(6)]
    folder = tmp_path / "data"
    with others("look_in", folder, *names) as starting:
        for other in starting:
            other.go()
        assert [other.process.wait() for other in starting] == [0] * len(names)
    with store_in(folder) as store:
        assert {summary.id for summary in store.recent(10)} == set(names)
