"""Session: turns with a scripted provider, and what the recorder receives."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field

import pytest

from tests.scripted_provider import ScriptedProvider, Step
from tui.chat.chunk import ServerTiming, StreamingChunk, ToolCall, Usage
from tui.chat.context import ContextUse
from tui.chat.conversation import Conversation
from tui.chat.image import Image
from tui.chat.message import ChatMessage
from tui.chat.model_info import ChatRequest, ModelInfo
from tui.chat.turn import ChunkReceived, ServerActivity, TurnEnded, TurnRetried, TurnStarted, TurnUpdate
from tui.errors import ModelNotFound, ServerUnreachable, StreamInterrupted
from tui.providers.base import AnswerStream, ignore_stage
from tui.session.answer_builder import CHECKPOINT_S
from tui.session.session import SendOptions, Session
from tui.session.turn import Turn


@dataclass
class FakeRecorder:
    """Remembers its calls."""

    started: list[tuple[str, str]] = field(default_factory=list)
    appended: list[tuple[str, str]] = field(default_factory=list)
    ended: list[ChatMessage] = field(default_factory=list)

    def begin_turn(self, conversation: Conversation, prompt: ChatMessage, answer: ChatMessage) -> None:
        assert conversation.messages[prompt.id] is prompt
        self.started.append((prompt.content, answer.outcome))

    def append_to_answer(self, answer_id: str, content: str, thinking: str) -> None:
        self.appended.append((content, thinking))

    def end_turn(self, conversation: Conversation, answer: ChatMessage) -> None:
        assert conversation.messages[answer.id] is answer
        self.ended.append(answer)


class Clock:
    """A clock that tests advance."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def session_with(
    provider: ScriptedProvider, *, recorder: FakeRecorder | None = None, options: SendOptions | None = None
) -> Session:
    ids = map(str, itertools.count(1))
    clock = Clock()
    return Session(
        provider, "m", send_options=options, recorder=recorder, now=clock, monotonic=clock, new_id=lambda: next(ids)
    )


async def updates_of(turn: AsyncGenerator[TurnUpdate, None] | None) -> list[TurnUpdate]:
    assert turn is not None
    async with contextlib.aclosing(turn):
        return [update async for update in turn]


def sent_messages(provider: ScriptedProvider) -> list[tuple[str, str]]:
    """Role and text of each message in the last request."""
    return [(message.role, message.content) for message in provider.requests[-1].messages]


def path_of(session: Session) -> list[tuple[str, str]]:
    """Role and text of each message on the current path."""
    return [(message.role, message.content) for message in session.conversation.path]


async def test_answer_is_streamed_by_chunks_and_recorded() -> None:
    recorder = FakeRecorder()
    session = session_with(ScriptedProvider("Hello, ", "world"), recorder=recorder)
    updates = await updates_of(session.send("hi"))
    assert [type(update) for update in updates] == [TurnStarted, ChunkReceived, ChunkReceived, TurnEnded]
    assert path_of(session) == [("user", "hi"), ("assistant", "Hello, world")]
    assert recorder.started == [("hi", "streaming")]
    assert [(answer.content, answer.outcome) for answer in recorder.ended] == [("Hello, world", "complete")]
    assert session.conversation.title == "hi"
    assert session.stage is None


async def test_history_is_sent_after_the_system_prompt() -> None:
    provider = ScriptedProvider("one")
    session = session_with(provider, options=SendOptions(system_prompt="Be brief.", options={"seed": 1}))
    await updates_of(session.send("first"))
    image = Image("image/png", b"png")
    await updates_of(session.send("second", (image,)))
    assert sent_messages(provider) == [
        ("system", "Be brief."),
        ("user", "first"),
        ("assistant", "one"),
        ("user", "second"),
    ]
    assert provider.requests[-1].options == {"seed": 1}
    assert provider.requests[-1].messages[-1].images == (image,)


async def test_answer_contains_all_parts_of_its_chunks() -> None:
    call = ToolCall("now", {"tz": "UTC"}, "c1")
    last = StreamingChunk(finish_reason="stop", usage=Usage(3, 5), timing=ServerTiming(tokens_per_second=7.0))
    session = session_with(
        ScriptedProvider(StreamingChunk(thinking="Hm", model="other"), StreamingChunk(tool_calls=(call,)), "Hi", last)
    )
    ended = (await updates_of(session.send("hi")))[-1]
    assert isinstance(ended, TurnEnded)
    answer = ended.answer
    assert (answer.thinking, answer.tool_calls, answer.content) == ("Hm", (call,), "Hi")
    assert (answer.model, answer.finish_reason, answer.stats.usage) == ("other", "stop", Usage(3, 5))
    assert answer.stats.tokens_per_second == 7.0


async def test_token_rate_is_computed_if_the_server_sends_none() -> None:
    clock = Clock()
    provider = ScriptedProvider("a", "b", StreamingChunk(usage=Usage(None, 10)))
    session = Session(provider, "m", now=clock, monotonic=clock)
    async with contextlib.aclosing(session.send("hi")) as turn:
        async for _ in turn:
            clock.now += 1
    assert session.last_turn is not None
    stats = session.last_turn.answer.stats
    assert stats.first_token_s == 1
    assert stats.total_s == 4
    assert stats.tokens_per_second == pytest.approx(10 / 3)


@pytest.mark.parametrize("timing", [None, ServerTiming(tokens_per_second=7.0)])
async def test_token_rate_of_an_answer_in_one_piece_is_only_the_servers(timing: ServerTiming | None) -> None:
    clock = Clock()
    session = Session(
        ScriptedProvider("whole", StreamingChunk(usage=Usage(1, 10), timing=timing)), "m", now=clock, monotonic=clock
    )
    async with contextlib.aclosing(session.send("hi")) as turn:
        async for _ in turn:
            clock.now += 1
    assert session.last_turn is not None
    assert session.last_turn.answer.stats.tokens_per_second == (timing and 7.0)


async def test_token_rate_of_chunks_that_arrive_together_is_unknown() -> None:
    session = session_with(ScriptedProvider("a", "b", "c", StreamingChunk(usage=Usage(1, 10))))
    ended = (await updates_of(session.send("hi")))[-1]
    assert isinstance(ended, TurnEnded)
    assert ended.answer.stats.tokens_per_second is None


@pytest.mark.parametrize(("streamed_s", "rate"), [(0.06, None), (0.4, None), (0.5, 1208.0)])
async def test_token_rate_of_a_burst_is_unknown(streamed_s: float, rate: float | None) -> None:
    clock = Clock()
    session = Session(
        ScriptedProvider("first", "last", StreamingChunk(usage=Usage(1, 604))), "m", now=clock, monotonic=clock
    )
    async with contextlib.aclosing(session.send("hi")) as turn:
        async for update in turn:
            # The server is silent for long, and then sends everything in a burst.
            if isinstance(update, TurnStarted):
                clock.now += 20
            elif isinstance(update, ChunkReceived) and update.chunk.content == "first":
                clock.now += streamed_s
    assert session.last_turn is not None
    assert session.last_turn.answer.stats.tokens_per_second == rate


async def test_failed_answer_keeps_its_text_and_the_error() -> None:
    broken = StreamInterrupted("gone", hint="look", status=200)
    session = session_with(ScriptedProvider("Hello, ", "wor", broken))
    updates = await updates_of(session.send("hi"))
    assert updates[-1] == TurnEnded(session.conversation.path[-1], broken)
    answer = session.conversation.path[-1]
    assert (answer.content, answer.outcome) == ("Hello, wor", "failed")
    assert answer.failure is not None
    assert (answer.failure.kind, answer.failure.message, answer.failure.hint) == ("interrupted", "gone", "look")


async def test_failed_answer_with_text_is_part_of_the_history() -> None:
    provider = ScriptedProvider("Hello, ", StreamInterrupted("gone"))
    session = session_with(provider)
    await updates_of(session.send("hi"))
    await updates_of(session.send("go on"))
    assert sent_messages(provider) == [("user", "hi"), ("assistant", "Hello, "), ("user", "go on")]


async def test_turn_without_an_answer_is_not_part_of_the_history() -> None:
    provider = ScriptedProvider(ServerUnreachable("refused"))
    session = session_with(provider)
    await updates_of(session.send("hi"))
    await updates_of(session.send("hi again"))
    assert sent_messages(provider) == [("user", "hi again")]
    assert path_of(session) == [("user", "hi again"), ("assistant", "")]
    assert len(session.conversation.messages) == 4


async def test_stopped_answer_is_recorded_and_its_stream_closed() -> None:
    recorder = FakeRecorder()
    provider = ScriptedProvider("Hello", asyncio.Event())
    session = session_with(provider, recorder=recorder)

    async def watch() -> None:
        async with contextlib.aclosing(session.send("hi")) as turn:
            async for update in turn:
                if isinstance(update, ChunkReceived):
                    arrived.set()

    arrived = asyncio.Event()
    watching = asyncio.create_task(watch())
    await arrived.wait()
    assert session.stage is not None
    assert session.stage.name == "answering"
    watching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await watching
    assert provider.closed == 1
    assert session.last_turn is not None
    assert session.last_turn.error is not None
    assert session.last_turn.error.kind == "cancelled"
    assert [(answer.content, answer.outcome) for answer in recorder.ended] == [("Hello", "cancelled")]


async def test_turn_closed_before_the_first_chunk_is_cancelled() -> None:
    session = session_with(ScriptedProvider("never read"))
    turn = session.send("hi")
    assert isinstance(await anext(turn), TurnStarted)
    await turn.aclose()
    assert session.conversation.path[-1].outcome == "cancelled"


async def test_regenerate_adds_a_sibling_answer() -> None:
    provider = ScriptedProvider("answer")
    session = session_with(provider)
    await updates_of(session.send("hi"))
    first = session.conversation.path[-1]
    await updates_of(session.regenerate())
    assert sent_messages(provider) == [("user", "hi")]
    assert session.conversation.path[-1].id != first.id
    assert len(session.conversation.siblings(first.id)) == 2


CUT = StreamInterrupted("The server hung up.")


@pytest.mark.parametrize(
    ("second", "content"),
    [
        ((" there",), "Hello there"),
        (("Hel", "lo there"), "Hello there"),
        (("Hel",), "HelloHel"),
        ((), "Hello"),
    ],
)
async def test_continued_answer_grows_in_place_without_repetition(second: tuple[str, ...], content: str) -> None:
    recorder = FakeRecorder()
    session = session_with(ScriptedProvider(StreamingChunk(thinking="Hm"), "Hello", CUT), recorder=recorder)
    await updates_of(session.send("hi"))
    cut = session.conversation.path[-1]
    provider = ScriptedProvider(*second)
    session.use_provider(provider, "m2", SendOptions())
    updates = await updates_of(session.continue_answer())

    assert sent_messages(provider) == [("user", "hi"), ("assistant", "Hello")]
    whole = session.conversation.path[-1]
    assert (whole.id, whole.content, whole.thinking, whole.model) == (cut.id, content, "Hm", "m2")
    assert (whole.outcome, whole.failure) == ("complete", None)
    assert len(session.conversation.messages) == 2
    assert "Hello" + "".join(update.chunk.content for update in updates if isinstance(update, ChunkReceived)) == content
    assert recorder.ended[-1] == whole


async def test_repetition_of_the_sent_text_without_thinking_is_removed() -> None:
    session = session_with(ScriptedProvider("<think>Hm</think>\n\nHello", CUT))
    await updates_of(session.send("hi"))
    provider = ScriptedProvider("Hello there")
    session.use_provider(provider, "m", SendOptions())
    await updates_of(session.continue_answer())

    assert sent_messages(provider) == [("user", "hi"), ("assistant", "Hello")]
    assert session.conversation.path[-1].content == "<think>Hm</think>\n\nHello there"


async def test_answer_that_follows_no_prompt_cannot_be_continued() -> None:
    first = ChatMessage("a", "assistant", "Welcome!")
    second = ChatMessage("b", "assistant", "Wel", "a", outcome="failed")
    session = Session(ScriptedProvider(), "m", Conversation("c").append(first, second))

    assert session.continue_answer() is None


@pytest.mark.parametrize("stops", [False, True])
async def test_prompt_whose_answer_was_only_thinking_is_sent_with_the_next(stops: bool) -> None:
    provider = ScriptedProvider(StreamingChunk(thinking="Hm"))
    session = session_with(provider)
    async with contextlib.aclosing(session.send("one")) as turn:
        async for update in turn:
            if stops and isinstance(update, ChunkReceived):
                break
    await updates_of(session.send("two"))

    assert sent_messages(provider) == [("user", "one\n\ntwo")]
    assert [content for _, content in path_of(session)] == ["one", "", "two", ""]


async def test_single_prompt_endpoint_gets_only_the_new_prompt() -> None:
    provider = ScriptedProvider(StreamingChunk(thinking="Hm"))
    session = session_with(provider, options=SendOptions(system_prompt="Be brief.", endpoint="generate"))
    await updates_of(session.send("one"))
    await updates_of(session.send("two"))

    assert sent_messages(provider) == [("system", "Be brief."), ("user", "two")]


async def test_continued_answer_is_recorded_while_it_grows() -> None:
    release = asyncio.Event()
    recorder = FakeRecorder()
    session = session_with(ScriptedProvider("Hello", CUT), recorder=recorder)
    await updates_of(session.send("hi"))
    session.use_provider(ScriptedProvider(" there", release), "m", SendOptions())
    turn = asyncio.create_task(updates_of(session.continue_answer()))
    while not recorder.appended:
        await asyncio.sleep(CHECKPOINT_S / 4)
    assert recorder.appended == [(" there", "")]
    assert recorder.started[-1] == ("hi", "streaming")
    release.set()
    await turn


async def test_truncated_answer_can_be_continued_repeatedly() -> None:
    session = session_with(ScriptedProvider("one", StreamingChunk(finish_reason="length")))
    await updates_of(session.send("hi"))
    for text, reason in ((" two", "length"), (" three", "stop")):
        session.use_provider(ScriptedProvider(text, StreamingChunk(finish_reason=reason)), "m", SendOptions())
        await updates_of(session.continue_answer())
    assert session.conversation.path[-1].content == "one two three"
    assert session.continue_answer() is None


@pytest.mark.parametrize("steps", [("whole",), (CUT,), (StreamingChunk(thinking="Hm"), CUT), ("<think>Hm", CUT)])
async def test_complete_or_empty_answer_cannot_be_continued(steps: tuple[Step, ...]) -> None:
    session = session_with(ScriptedProvider(*steps))
    assert session.continue_answer() is None
    await updates_of(session.send("hi"))
    assert session.continue_answer() is None


async def test_continued_answer_that_fails_keeps_both_parts() -> None:
    session = session_with(ScriptedProvider("a", CUT))
    await updates_of(session.send("hi"))
    session.use_provider(ScriptedProvider("b", CUT), "m", SendOptions())
    await updates_of(session.continue_answer())
    answer = session.conversation.path[-1]
    assert (answer.content, answer.outcome) == ("ab", "failed")


async def test_empty_conversation_cannot_be_regenerated() -> None:
    assert session_with(ScriptedProvider()).regenerate() is None


async def test_retry_is_reported_and_sets_the_stage() -> None:
    retried = TurnRetried(1, 0.5, "connect", "refused")
    session = session_with(ScriptedProvider(retried, "Hi"))
    async with contextlib.aclosing(session.send("hi")) as turn:
        stages = [(type(update), session.stage and session.stage.name) async for update in turn]
    assert stages == [(TurnStarted, None), (TurnRetried, "retrying"), (ChunkReceived, "answering"), (TurnEnded, None)]


async def test_thinking_and_empty_chunks_set_the_stage() -> None:
    session = session_with(ScriptedProvider(StreamingChunk(), StreamingChunk(thinking="Hm"), "Hi"))
    async with contextlib.aclosing(session.send("hi")) as turn:
        stages = [session.stage and session.stage.name async for _ in turn]
    assert stages == [None, "waiting", "thinking", "answering", None]


async def test_polling_sets_the_stage_from_the_servers_activity() -> None:
    release = asyncio.Event()
    provider = ScriptedProvider(release, "Hi", release)
    session = session_with(provider)
    await session.poll_activity()
    turn = asyncio.create_task(updates_of(session.send("hi")))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    names = []
    for activity in (ServerActivity("loading"), None, ServerActivity("queued"), ServerUnreachable("gone")):
        provider.activity = activity
        await session.poll_activity()
        names.append(session.stage and session.stage.name)
    release.set()
    await turn
    assert names == ["loading", "waiting", "queued", "waiting"]


async def test_turn_knows_whether_it_follows_a_stopped_turn() -> None:
    session = session_with(ScriptedProvider("Hi"))
    turn = session.send("hi")
    await anext(turn)
    assert not session.follows_stopped_turn
    await turn.aclose()
    for after in (True, False):
        await updates_of(session.send("again"))
        assert session.follows_stopped_turn is after


async def test_progress_within_a_stage_keeps_its_start_time() -> None:
    session = session_with(ScriptedProvider("Hi"))
    turn = session.send("hi")
    await anext(turn)
    stages = []
    for fraction in (None, 0.25, 0.5):
        running_request(session).enter(ServerActivity("reading", fraction))
        stages.append(session.stage)
    assert [stage and (stage.name, stage.fraction) for stage in stages] == [
        ("reading", None),
        ("reading", 0.25),
        ("reading", 0.5),
    ]
    assert len({stage and stage.since for stage in stages}) == 1
    await turn.aclose()


async def test_waits_for_the_answer_once_the_prompt_is_read() -> None:
    session = session_with(ScriptedProvider("Hi"))
    turn = session.send("hi")
    await anext(turn)
    running_request(session).enter(ServerActivity("reading", 0.5))
    running_request(session).enter(ServerActivity("reading", 1.0))
    assert session.stage is not None
    assert (session.stage.name, session.stage.fraction) == ("waiting", None)
    await turn.aclose()


async def test_retry_stage_knows_when_its_delay_ends() -> None:
    session = session_with(ScriptedProvider(TurnRetried(1, 2.5, "connect", "refused"), "Hi"))
    turn = session.send("hi")
    while not isinstance(await anext(turn), TurnRetried):
        pass
    assert session.stage is not None
    assert session.stage.name == "retrying"
    assert session.stage.until == session.stage.since + 2.5
    await turn.aclose()


async def test_late_activity_does_not_replace_a_newer_stage() -> None:
    session = session_with(ScriptedProvider("Hi"))
    provider = session.provider
    assert isinstance(provider, ScriptedProvider)
    turn = session.send("hi")
    await anext(turn)

    async def answers_late(model: str) -> ServerActivity | None:
        await anext(turn)
        return ServerActivity("loading")

    running_request(session).enter(ServerActivity("waiting"))
    provider.server_activity = answers_late  # type: ignore[method-assign]  # the first chunk arrives during the request
    await session.poll_activity()
    assert session.stage is not None
    assert session.stage.name == "answering"
    await turn.aclose()


async def test_streamed_text_is_recorded_at_intervals() -> None:
    recorder = FakeRecorder()
    release = asyncio.Event()
    session = session_with(
        ScriptedProvider("a", StreamingChunk(thinking="t"), "b", release, "c", release, "d"), recorder=recorder
    )
    turn = asyncio.create_task(updates_of(session.send("hi")))
    while not recorder.appended:
        await asyncio.sleep(CHECKPOINT_S / 4)
    assert recorder.appended == [("ab", "t")]
    release.set()
    await turn
    assert recorder.ended[0].content == "abcd"
    await asyncio.sleep(CHECKPOINT_S * 1.5)
    assert len(recorder.appended) == 1


async def test_answer_is_not_collected_without_remember() -> None:
    recorder = FakeRecorder()
    session = session_with(
        ScriptedProvider("a", StreamingChunk(finish_reason="stop")),
        recorder=recorder,
        options=SendOptions(remember=False),
    )
    await updates_of(session.send("hi"))
    assert session.last_turn is not None
    assert session.last_turn.answer.content == ""
    assert session.last_turn.answer.finish_reason == "stop"
    assert session.last_turn.answer.stats.first_token_s is not None
    assert recorder.appended == []


async def test_model_is_found_on_the_first_turn() -> None:
    async def find_model() -> str:
        return "found"

    provider = ScriptedProvider("Hi")
    session = Session(provider, "", find_model=find_model)
    await updates_of(session.send("hi"))
    assert session.model == "found"
    assert provider.requests[0].model == "found"
    assert session.conversation.path[-1].model == "found"
    assert session.conversation.model == "found"


async def test_turn_ends_with_an_error_if_no_model_is_found() -> None:
    async def find_model() -> str:
        raise ModelNotFound("none")

    session = Session(ScriptedProvider("Hi"), "", find_model=find_model)
    ended = (await updates_of(session.send("hi")))[-1]
    assert isinstance(ended, TurnEnded)
    assert isinstance(ended.error, ModelNotFound)


async def test_conversation_continues_with_another_provider() -> None:
    first, second = ScriptedProvider("one"), ScriptedProvider("two", name="second")
    session = session_with(first)
    await updates_of(session.send("a"))
    session.use_provider(second, "n", SendOptions())
    await updates_of(session.send("b"))
    assert sent_messages(second) == [("user", "a"), ("assistant", "one"), ("user", "b")]
    answers = [message for message in session.conversation.path if message.role == "assistant"]
    assert [(answer.provider, answer.model) for answer in answers] == [("scripted", "m"), ("second", "n")]
    assert (session.conversation.provider, session.conversation.model) == ("second", "n")


async def test_model_changes_from_the_next_turn_on() -> None:
    provider = ScriptedProvider("one")
    session = session_with(provider)
    await updates_of(session.send("a"))
    session.use_model("n")
    await updates_of(session.send("b"))
    assert [request.model for request in provider.requests] == ["m", "n"]
    assert session.conversation.model == "n"


async def test_window_of_the_context_is_asked_for_again_only_if_it_may_have_changed() -> None:
    provider = ScriptedProvider("one", StreamingChunk(usage=Usage(10, 2)))
    provider.window = 2048
    session = session_with(provider)
    await updates_of(session.send("a"))
    await session.refresh_context_window()
    session.configure(None, {"think": "off"})
    assert session.context is not None
    assert session.context.window == 2048
    session.configure(None, {"think": "off", "num_ctx": 4096})
    assert session.context.window is None
    await session.refresh_context_window()
    assert provider.context_window_requests == ["m", "m"]


async def test_turn_is_sent_with_the_settings_it_is_given() -> None:
    first, second = ScriptedProvider("one", name="first"), ScriptedProvider("two", name="second")
    session = session_with(first, options=SendOptions(system_prompt="usual", options={"seed": 1}))
    session.configure("Be brief.", {"seed": 2})
    queued = session.settings
    session.use_provider(second, "n", SendOptions())
    session.configure(None, {"seed": 3})
    await updates_of(session.send("hi", settings=queued))

    (request,) = first.requests
    assert (request.model, request.options) == ("m", {"seed": 2})
    assert [message.content for message in request.messages] == ["Be brief.", "hi"]
    assert (session.conversation.path[-1].provider, session.conversation.path[-1].model) == ("first", "m")
    # What was chosen since stays chosen.
    assert (session.provider, session.model) == (second, "n")
    await updates_of(session.send("more"))
    assert second.requests[0].options == {"seed": 3}


async def test_change_after_sending_does_not_reach_the_turn() -> None:
    provider, other = ScriptedProvider("one"), ScriptedProvider("two", name="other")
    session = session_with(provider)
    turn = session.send("hi")
    session.use_model("n")
    session.use_provider(other, "n", SendOptions())
    await updates_of(turn)

    assert [request.model for request in provider.requests] == ["m"]
    assert other.requests == []


async def test_model_that_is_found_does_not_replace_a_chosen_one() -> None:
    asked = asyncio.Event()
    chosen = asyncio.Event()

    async def find_model() -> str:
        asked.set()
        await chosen.wait()
        return "found"

    provider = ScriptedProvider("hello")
    session = Session(provider, "", find_model=find_model)
    turn = asyncio.create_task(updates_of(session.send("hi")))
    await asked.wait()
    session.use_model("chosen")
    chosen.set()
    await turn

    assert [request.model for request in provider.requests] == ["found"]
    assert session.model == "chosen"


async def test_polling_asks_the_provider_that_answers() -> None:
    release = asyncio.Event()
    provider, other = ScriptedProvider(release, "hello"), ScriptedProvider(name="other")
    provider.activity = ServerActivity("loading")
    session = session_with(provider)
    turn = asyncio.create_task(updates_of(session.send("hi")))
    await asyncio.sleep(0)
    while not provider.requests:
        await asyncio.sleep(0)
    session.use_provider(other, "n", SendOptions())
    await session.poll_activity()

    assert session.stage is not None
    assert session.stage.name == "loading"
    release.set()
    await turn


async def test_replaced_conversation_is_the_history_of_the_next_turn() -> None:
    provider = ScriptedProvider("one")
    session = session_with(provider)
    before = session.conversation
    await updates_of(session.send("a"))
    session.replace_conversation(before)
    await updates_of(session.send("b"))
    assert sent_messages(provider) == [("user", "b")]


async def test_context_window_is_requested_once_per_model() -> None:
    counted = StreamingChunk(usage=Usage(90, 6))
    provider = ScriptedProvider("Hello", counted)
    session = Session(provider, "m")
    provider.window = 100
    await session.refresh_context_window()
    assert session.context is None
    assert provider.context_window_requests == []
    await updates_of(session.send("hi"))
    assert session.context == ContextUse(96)
    await session.refresh_context_window()
    await session.refresh_context_window()

    assert session.context == ContextUse(96, 100)
    assert not session.was_cut
    assert provider.context_window_requests == ["m"]
    await updates_of(session.send("and?"))
    assert session.was_cut
    session.use_model("other")
    assert session.context == ContextUse(96)
    await session.refresh_context_window()
    assert provider.context_window_requests == ["m", "other"]
    session.use_provider(provider, "m", SendOptions())
    await session.refresh_context_window()
    assert provider.context_window_requests == ["m", "other", "m"]


async def test_failed_context_window_request_is_not_repeated() -> None:
    provider = ScriptedProvider("Hello", StreamingChunk(usage=Usage(90, 6)))
    provider.window = ServerUnreachable("gone")
    session = Session(provider, "m")
    await updates_of(session.send("hi"))
    await session.refresh_context_window()
    await session.refresh_context_window()

    assert session.context == ContextUse(96)
    assert provider.context_window_requests == ["m"]


def running_request(session: Session) -> Turn:
    assert session._running is not None
    assert session._running._request is not None
    return session._running._request


async def finishing_turn(clock: Clock) -> tuple[Session, AsyncGenerator[TurnUpdate, None]]:
    """A turn with a complete answer, whose server keeps the connection open for a while."""
    provider = ScriptedProvider("Hi", asyncio.Event())
    session = Session(provider, "m", now=clock, monotonic=clock)
    turn = session.send("hi")
    while not isinstance(await anext(turn), ChunkReceived):
        pass
    clock.now += 2
    running_request(session).enter(ServerActivity("finishing"))
    clock.now += 60
    return session, turn


async def test_finishing_time_is_not_part_of_the_total() -> None:
    session, turn = await finishing_turn(Clock())
    await turn.aclose()

    assert session.last_turn is not None
    assert session.last_turn.answer.stats.total_s == 2


async def test_finished_answer_cannot_be_stopped() -> None:
    session, turn = await finishing_turn(Clock())
    await turn.aclose()

    assert session.last_turn is not None
    assert session.last_turn.error is None
    assert session.last_turn.answer.outcome == "complete"
    assert session.last_turn.answer.content == "Hi"


async def test_edited_prompt_is_a_sibling_of_the_original() -> None:
    provider = ScriptedProvider("Hi")
    session = session_with(provider)
    await updates_of(session.send("one"))
    await updates_of(session.send("two"))
    second = session.conversation.path[2]
    await updates_of(session.edit(second.id, "three"))

    assert sent_messages(provider) == [("user", "one"), ("assistant", "Hi"), ("user", "three")]
    assert [content for _, content in path_of(session)] == ["one", "Hi", "three", "Hi"]
    assert len(session.conversation.siblings(second.id)) == 2


async def test_regenerate_works_for_an_earlier_answer() -> None:
    provider = ScriptedProvider("Hi")
    session = session_with(provider)
    await updates_of(session.send("one"))
    await updates_of(session.send("two"))
    await updates_of(session.regenerate(session.conversation.path[1].id))

    assert sent_messages(provider) == [("user", "one")]
    assert len(session.conversation.messages) == 5


@pytest.mark.parametrize(("window", "is_cut"), [(64, True), (65, False), ("64", False), (None, False)])
async def test_prompt_that_fills_the_window_counts_as_truncated(window: object, is_cut: bool) -> None:
    session = session_with(ScriptedProvider("Hi", StreamingChunk(usage=Usage(64, 1))))
    assert not session.was_cut_to(window)
    await updates_of(session.send("hi"))

    assert session.was_cut_to(window) is is_cut


async def test_conversation_settings_override_the_providers() -> None:
    provider = ScriptedProvider("Hi")
    session = session_with(
        provider, options=SendOptions(system_prompt="Be kind.", options={"temperature": 0.7, "seed": 1})
    )
    session.configure("Be brief.", {"temperature": 0.1})

    async with contextlib.aclosing(session.send("q")) as turn:
        _ = [update async for update in turn]

    request = provider.requests[0]
    assert [message.content for message in request.messages] == ["Be brief.", "q"]
    assert request.options == {"temperature": 0.1, "seed": 1}
    assert session.conversation.path[-1].options == {"temperature": 0.1, "seed": 1}
    session.configure("", {})
    assert session.system_prompt == ""
    session.configure(None, {})
    assert session.system_prompt == "Be kind."


async def test_partial_answer_is_available_while_streaming() -> None:
    session = session_with(ScriptedProvider(StreamingChunk(thinking="Hm"), "Hel", "lo"))
    assert session.partial_answer is None

    async with contextlib.aclosing(session.send("q")) as turn:
        async for update in turn:
            if isinstance(update, ChunkReceived) and update.chunk.content == "Hel":
                answer = session.partial_answer
                assert answer is not None
                assert (answer.thinking, answer.content, answer.outcome) == ("Hm", "Hel", "streaming")
                assert answer.id == session.conversation.head_id

    assert session.partial_answer is None


async def test_recorder_attached_during_a_turn_gets_only_new_text() -> None:
    resume = asyncio.Event()
    session = session_with(ScriptedProvider("Hel", resume, "lo"))
    recorder = FakeRecorder()
    turn = session.send("q")
    async for update in turn:
        if isinstance(update, ChunkReceived) and update.chunk.content == "Hel":
            session.attach_recorder(recorder)
            resume.set()
        if isinstance(update, ChunkReceived) and update.chunk.content == "lo":
            await asyncio.sleep(CHECKPOINT_S * 1.5)

    assert recorder.started == []
    assert recorder.appended == [("lo", "")]
    assert [answer.content for answer in recorder.ended] == ["Hello"]


async def test_recorder_may_be_attached_between_turns() -> None:
    session, recorder = session_with(ScriptedProvider("Hi")), FakeRecorder()
    session.attach_recorder(recorder)
    async with contextlib.aclosing(session.send("q")) as turn:
        _ = [update async for update in turn]
    assert recorder.started == [("q", "streaming")]


async def test_local_queueing_is_not_part_of_first_token_time() -> None:
    clock = Clock()

    class QueueingProvider(ScriptedProvider):
        async def stream_chat(
            self, request: ChatRequest, on_stage: Callable[[ServerActivity], None] = ignore_stage
        ) -> AnswerStream:
            on_stage(ServerActivity("queued locally"))
            assert session.stage is not None
            assert session.stage.name == "queued locally"
            clock.now += 60
            on_stage(ServerActivity("connecting"))
            clock.now += 2
            yield StreamingChunk(content="Hi")

    session = Session(QueueingProvider(), "m", monotonic=clock)
    async with contextlib.aclosing(session.send("q")) as turn:
        _ = [update async for update in turn]

    assert session.conversation.path[-1].stats.first_token_s == 2


async def test_edited_prompt_may_keep_and_add_images() -> None:
    provider = ScriptedProvider("ok")
    session = session_with(provider)
    cat, dog = Image("image/png", b"cat"), Image("image/png", b"dog")
    await updates_of(session.send("what is it?", (cat,)))
    await updates_of(session.edit(session.conversation.path[0].id, "what are they?", (cat, dog)))
    assert provider.requests[-1].messages[-1].images == (cat, dog)


@pytest.mark.parametrize(
    ("described", "lacks_vision"),
    [
        (ModelInfo("m", capabilities=frozenset({"completion"})), True),
        (ModelInfo("m", capabilities=frozenset({"completion", "vision"})), False),
        (ModelInfo("m"), False),
        (ServerUnreachable("gone"), False),
    ],
)
async def test_lacks_vision_only_if_capabilities_are_known_without_it(
    described: ModelInfo | ServerUnreachable, lacks_vision: bool
) -> None:
    provider = ScriptedProvider()
    provider.model_info = described
    assert await session_with(provider).lacks_vision() is lacks_vision


async def test_generated_title_is_no_turn() -> None:
    session = session_with(ScriptedProvider("Because."), options=SendOptions(options={"seed": 1}))
    await updates_of(session.send("Why?"))
    before = session.conversation
    provider = ScriptedProvider("Blue skies\n")
    session.use_provider(provider, "m", SendOptions(options={"seed": 1}))

    assert await session.generate_title() == "Blue skies"
    assert provider.requests[0].options == {"seed": 1}
    assert session.conversation is before
    assert session.last_turn is not None


# Answering now


async def test_answer_now_ends_the_thinking_of_the_running_answer() -> None:
    waiting = asyncio.Event()
    provider = ScriptedProvider(StreamingChunk(thinking="Hm", answer_id="c1"), StreamingChunk(thinking="m"), waiting)
    session = session_with(provider)
    assert await session.answer_now() is False

    async with contextlib.aclosing(session.send("hi")) as turn:
        assert isinstance(await anext(turn), TurnStarted)
        assert await session.answer_now() is False
        for _ in range(2):
            assert isinstance(await anext(turn), ChunkReceived)
        assert session.can_answer_now
        assert await session.answer_now() is True
    assert provider.ended_thinking == [("m", "c1")]
    assert not session.can_answer_now
    assert await session.answer_now() is False


async def test_answer_now_does_nothing_once_the_answer_has_begun() -> None:
    provider = ScriptedProvider(StreamingChunk(thinking="Hm", answer_id="c1"), "So", asyncio.Event())
    session = session_with(provider)
    async with contextlib.aclosing(session.send("hi")) as turn:
        for _ in range(3):
            await anext(turn)
        assert await session.answer_now() is False
    assert provider.ended_thinking == []


# Counting the tokens of the conversation


def counted(prompt: int) -> StreamingChunk:
    return StreamingChunk(usage=Usage(prompt, 5), finish_reason="stop")


async def test_tokens_that_the_server_counts_replace_the_estimate() -> None:
    provider = ScriptedProvider("Hello", counted(30))
    provider.window, provider.tokens = 100, 41
    session = session_with(provider)
    await session.refresh_context_window()
    assert provider.counted == []

    await updates_of(session.send("hi"))
    assert session.context == ContextUse(35)
    await session.refresh_context_window()
    assert session.context == ContextUse(41, 100)

    # An empty prompt at the end: what the next one is added to.
    assert [(m.role, m.content) for m in provider.counted[0].messages] == [
        ("user", "hi"),
        ("assistant", "Hello"),
        ("user", ""),
    ]
    await session.refresh_context_window()
    assert len(provider.counted) == 1

    provider.tokens = None
    await updates_of(session.send("more"))
    assert session.context == ContextUse(35, 100)


async def test_tokens_are_counted_again_after_the_system_prompt_changed() -> None:
    provider = ScriptedProvider("Hello", counted(30))
    provider.tokens = 41
    session = session_with(provider)
    await updates_of(session.send("hi"))
    await session.refresh_context_window()

    session.configure("Be brief.", {})
    provider.tokens = 50
    assert session.context == ContextUse(35)
    await session.refresh_context_window()
    assert session.context == ContextUse(50)


async def test_estimate_stays_where_tokens_cannot_be_counted() -> None:
    provider = ScriptedProvider("Hello", counted(30))
    provider.tokens = StreamInterrupted("Cut.")
    session = session_with(provider)
    await updates_of(session.send("hi"))
    for _ in range(2):
        await session.refresh_context_window()
        assert session.context == ContextUse(35)
    assert len(provider.counted) == 1


async def test_images_are_not_sent_to_be_counted() -> None:
    provider = ScriptedProvider("A cat", counted(300))
    session = session_with(provider)
    await updates_of(session.send("What is it?", (Image("image/png", b"png"),)))
    await session.refresh_context_window()
    assert provider.counted == []


# Continuing an answer that was stopped while thinking


@pytest.mark.parametrize("continues", [True, False])
async def test_stopped_thinking_is_continued_if_the_provider_can(continues: bool) -> None:
    provider = ScriptedProvider(StreamingChunk(thinking="Let me"), StreamInterrupted("Cut."))
    provider.continues_thinking = continues
    session = session_with(provider)
    assert session.can_continue is False
    await updates_of(session.send("hi"))
    assert session.can_continue is continues
    if not continues:
        assert session.continue_answer() is None
        return

    provider._script = (StreamingChunk(thinking=" see"), "Yes")
    await updates_of(session.continue_answer())
    assert sent_messages(provider) == [("user", "hi"), ("assistant", "")]
    assert provider.requests[-1].messages[-1].thinking == "Let me"
    answer = session.conversation.path[-1]
    assert (answer.thinking, answer.content, answer.outcome) == ("Let me see", "Yes", "complete")
    assert session.can_continue is False


async def test_images_of_an_answer_are_saved_with_it_and_never_sent_back() -> None:
    image, recorder = Image("image/png", b"png"), FakeRecorder()
    provider = ScriptedProvider(StreamingChunk(images=(image,)), StreamingChunk(finish_reason="stop"))
    session = session_with(provider, recorder=recorder)

    await updates_of(session.send("draw"))
    await updates_of(session.send("again"))

    assert [answer.images for answer in recorder.ended] == [(image,), (image,)]
    assert [message.images for message in provider.requests[-1].messages] == [()]
    assert sent_messages(provider) == [("user", "draw\n\nagain")]
