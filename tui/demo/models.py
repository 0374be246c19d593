"""The demo models: what each one answers, and how it misbehaves."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, Literal

from tui.demo.guide import guide_text
from tui.demo.lorem import lorem_tokens, tokens_of

CONTEXT_LENGTH: Final = 131_072
"""The context length that the server reports, in tokens. Scripts have no real limit."""

MAX_LOREM_TOKENS: Final = 10_000_000

_LOREM_NAME: Final = re.compile(r"lorem-([0-9]{1,8})-([0-9]{1,7}(?:\.[0-9]{1,3})?)")


@dataclass(frozen=True, slots=True)
class Prompt:
    """The user's last message."""

    text: str

    image_sizes: tuple[int, ...] = ()
    """The size of each image, in bytes."""


@dataclass(frozen=True, slots=True)
class Script:
    """One answer, before it is written."""

    content: Iterable[str]
    """The tokens of the answer. If it breaks off, the tokens before that."""

    rate: float = 60.0
    """Tokens per second. 0 is as fast as possible."""

    thinking: Iterable[str] = ()
    """The tokens of thinking, which come before the answer."""

    ending: Literal["complete", "cut", "error"] = "complete"
    """What follows the last token: `cut` drops the connection, `error` reports an error inside the stream."""


@dataclass(frozen=True, slots=True)
class DemoModel:
    """A script that plays a model."""

    name: str

    write: Callable[[Prompt], Script]
    """Returns the answer to a prompt, always the same for the same prompt."""

    thinks: bool = False
    has_vision: bool = False

    load_s: float = 0.0
    """Seconds before the first token of every answer."""

    failures: int = 0
    """How many requests in a row fail before one is answered."""


def find_model(name: str) -> DemoModel | None:
    """The model of that name, with or without `:latest`. Every `lorem-N-R` exists. None if the name is unknown."""
    name = name.removesuffix(":latest")
    for model in MODELS:
        if model.name == name:
            return model
    numbers = _LOREM_NAME.fullmatch(name)
    if numbers is None or int(numbers[1]) > MAX_LOREM_TOKENS:
        return None
    return _lorem(name, int(numbers[1]), float(numbers[2]))


def _lorem(name: str, count: int, rate: float) -> DemoModel:
    return DemoModel(name, lambda _: Script(lorem_tokens(count), rate))


def _guide(prompt: Prompt) -> Script:
    return Script(tokens_of(guide_text(prompt.text)))


def _echo(prompt: Prompt) -> Script:
    parts = [prompt.text] if prompt.text else []
    if prompt.image_sizes:
        count = len(prompt.image_sizes)
        sizes = ", ".join(f"{size:,} bytes" for size in prompt.image_sizes)
        parts.append(f"({count} {'image' if count == 1 else 'images'}: {sizes})")
    return Script(tokens_of("\n\n".join(parts)), rate=0)


def _think(_: Prompt) -> Script:
    return Script(tokens_of(_THINK_ANSWER), rate=40, thinking=tokens_of(_THOUGHTS))


def _slow_load(_: Prompt) -> Script:
    return Script(tokens_of(_SLOW_LOAD_ANSWER))


def _flaky(_: Prompt) -> Script:
    return Script(tokens_of(_FLAKY_ANSWER))


def _cut(_: Prompt) -> Script:
    return Script(tokens_of(_BROKEN_ANSWER), ending="cut")


def _error(_: Prompt) -> Script:
    return Script(tokens_of(_BROKEN_ANSWER), ending="error")


_THOUGHTS = """\
The user wants to see how thinking looks. I am a script, so I cannot think, but I can show how it looks.

First, what is the question? Anything. Second, what do I know? Only this text. Third, what will I answer? The same as \
always: the answer is fixed, whatever I write here.

Let me check the timing: forty tokens a second for three seconds are a hundred and twenty tokens, about this much text.\
"""

_THINK_ANSWER = """\
I thought about it for about three seconds. That was **thinking**: it arrives separately from the answer, is folded \
on the screen (Space unfolds it in the log) and is not sent back with the next prompt.

*I am a script, not a model: my thoughts are always the same.*
"""

_SLOW_LOAD_ANSWER = """\
That took **five seconds** before the first word, like a model that must be loaded first. Nothing arrives during that \
time. `timeouts.first_token` sets how long llm-tui waits, and Esc stops the wait.

*I am a script, not a model: I take five seconds every time.*
"""

_FLAKY_ANSWER = """\
It worked. The two requests before this one failed with **HTTP 503**, and llm-tui tried again: see `retry.attempts`. \
The next two will fail as well.

*I am a script, not a model: I fail on purpose.*
"""

_BROKEN_ANSWER = """\
This answer breaks off in the middle of a sentence. The text that arrived before stays on the screen and is marked as \
incomplete. F5 asks again, and the answer will break off at the same place: I am a script, not a model, and I break \
off\
"""

MODELS = (
    DemoModel("guide", _guide),
    DemoModel("echo", _echo, has_vision=True),
    _lorem("lorem-200-20", 200, 20),
    _lorem("lorem-2000-0", 2000, 0),
    DemoModel("think", _think, thinks=True),
    DemoModel("slow-load", _slow_load, load_s=5.0),
    DemoModel("flaky", _flaky, failures=2),
    DemoModel("cut", _cut),
    DemoModel("error", _error),
)
"""The models that are listed. The first is the default."""
