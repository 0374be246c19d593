"""Random sequences of session operations: all text that was shown is saved, in memory and on disk."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.scripted_provider import ScriptedProvider, Step
from tui.chat.chunk import StreamingChunk, ToolCall
from tui.chat.turn import ChunkReceived, TurnEnded, TurnRetried, TurnStarted
from tui.errors import ServerUnreachable, StreamBroken, StreamInterrupted
from tui.session.session import SendOptions, Session, TurnStream
from tui.store.conversations import ConversationStore

WORDS = st.text("ab\n 😀é", min_size=1, max_size=6)
STEPS = st.lists(
    st.one_of(
        WORDS,
        WORDS.map(lambda text: StreamingChunk(thinking=text)),
        st.just(StreamingChunk(tool_calls=(ToolCall("look", {"at": 1}),))),
        st.just(StreamingChunk(finish_reason="length")),
    ),
    max_size=6,
)
ENDS = st.sampled_from([None, StreamInterrupted("cut"), StreamBroken("broke"), ServerUnreachable("gone")])


class SessionMachine(RuleBasedStateMachine):
    """Sends, stops, fails, regenerates, continues and reopens, and compares shown with saved text."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory()
        self.store = ConversationStore(Path(self.folder.name))
        self.shown: dict[str, str] = {}
        """The answer text that was shown, by message ID."""
        self.shown_thinking: dict[str, str] = {}
        """The thinking that was shown, by message ID."""
        self.prompts: list[str] = []
        self.session = self._session(None)

    def teardown(self) -> None:
        self.store.close()
        self.folder.cleanup()
        self.loop.close()

    def _session(self, conversation: Any) -> Session:
        return Session(ScriptedProvider(), "m", conversation, recorder=self.store)

    def _script(self, steps: list[Step], end: Step | None) -> None:
        script = [*steps, end] if end is not None else steps
        self.session.use_provider(ScriptedProvider(*script), "m", SendOptions())

    def _run(self, turn: TurnStream, stop_after: int | None) -> None:
        """Consume a turn as a screen does, and close it after a number of updates."""

        async def follow() -> None:
            answer_id = ""
            count = 0
            async for update in turn:
                match update:
                    case TurnStarted(_, answer):
                        answer_id = answer.id
                        self.shown[answer_id] = answer.content
                        self.shown_thinking[answer_id] = answer.thinking
                    case ChunkReceived(chunk):
                        self.shown[answer_id] += chunk.content
                        self.shown_thinking[answer_id] += chunk.thinking
                    case TurnEnded(answer):
                        assert answer.content == self.shown[answer_id]
                count += 1
                if count == stop_after:
                    break
            await turn.aclose()

        self.loop.run_until_complete(follow())

    @rule(text=WORDS, steps=STEPS, end=ENDS, stop_after=st.none() | st.integers(1, 5))
    def send(self, text: str, steps: list[Step], end: Step | None, stop_after: int | None) -> None:
        self._script(steps, end)
        self._run(self.session.send(text), stop_after)
        self.prompts.append(text)

    @rule(steps=STEPS, end=ENDS, stop_after=st.none() | st.integers(1, 5))
    def regenerate(self, steps: list[Step], end: Step | None, stop_after: int | None) -> None:
        self._script([TurnRetried(1, 0.0, "connect", "gone"), *steps], end)
        if turn := self.session.regenerate():
            self._run(turn, stop_after)

    @rule(steps=STEPS, end=ENDS, stop_after=st.none() | st.integers(1, 5))
    def continue_answer(self, steps: list[Step], end: Step | None, stop_after: int | None) -> None:
        self._script(steps, end)
        if turn := self.session.continue_answer():
            self._run(turn, stop_after)

    @rule()
    def reopen_latest_conversation(self) -> None:
        self.session = self._session(self.store.latest())

    @precondition(lambda self: self.prompts)
    @rule()
    def start_new_conversation(self) -> None:
        self.session = self._session(None)

    @invariant()
    def all_shown_text_is_saved(self) -> None:
        saved = {
            message.id: message
            for summary in self.store.recent(1000)
            for message in self.store.load(summary.id).messages.values()
        }
        for answer_id, shown in self.shown.items():
            assert saved[answer_id].content == shown
            assert saved[answer_id].thinking == self.shown_thinking[answer_id]
            assert saved[answer_id].outcome != "streaming"
        assert sorted(message.content for message in saved.values() if message.role == "user") == sorted(self.prompts)

    @invariant()
    def session_matches_shown_text(self) -> None:
        for message in self.session.conversation.messages.values():
            if message.id in self.shown:
                assert message.content == self.shown[message.id]


SessionMachine.TestCase.settings = settings(derandomize=True, deadline=None, max_examples=80, stateful_step_count=20)
test_no_shown_text_is_lost = pytest.mark.filterwarnings("error")(SessionMachine.TestCase)
