"""What each demo model says, and how it misbehaves."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from tui.demo.guide import guide_text
from tui.demo.lorem import lorem_tokens, tokens_of

CONTEXT_LENGTH = 131_072
"""What we claim to read at once, in tokens. Scripts read as much as they are sent."""

LOREM_TOKENS_MAX = 10_000_000

_LOREM_NAME = re.compile(r"lorem-([0-9]{1,8})-([0-9]{1,7}(?:\.[0-9]{1,3})?)")


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the user sent last."""

    text: str

    image_sizes: tuple[int, ...] = ()
    """The images sent with it, in bytes each."""


@dataclass(frozen=True, slots=True)
class Script:
    """One answer, before it is given."""

    content: Iterable[str]
    """The tokens of the answer; of one that breaks off, those before the break."""

    rate: float = 60.0
    """Tokens a second. 0 is as fast as possible."""

    thinking: Iterable[str] = ()
    """The tokens thought before the answer."""

    ending: Literal["complete", "cut", "error"] = "complete"
    """What follows the last token: `cut` drops the connection, `error` reports one inside the stream."""


@dataclass(frozen=True, slots=True)
class DemoModel:
    """A script that plays a model."""

    name: str

    write: Callable[[Prompt], Script]
    """What it answers. The same prompt always has the same answer."""

    thinks: bool = False
    sees: bool = False
    """Whether it takes images."""

    load_s: float = 0.0
    """Seconds before anything of an answer comes, every time."""

    refusals: int = 0
    """How many requests in a row it refuses before it answers one."""


def find_model(name: str) -> DemoModel | None:
    """The model of that name, with or without `:latest`; every `lorem-N-R` exists. None for any other."""
    name = name.removesuffix(":latest")
    for model in MODELS:
        if model.name == name:
            return model
    numbers = _LOREM_NAME.fullmatch(name)
    if numbers is None or int(numbers[1]) > LOREM_TOKENS_MAX:
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
    return Script(tokens_of(_THOUGHT_ANSWER), rate=40, thinking=tokens_of(_THOUGHTS))


def _slow_load(_: Prompt) -> Script:
    return Script(tokens_of(_SLOW_LOAD_ANSWER))


def _flaky(_: Prompt) -> Script:
    return Script(tokens_of(_FLAKY_ANSWER))


def _cut(_: Prompt) -> Script:
    return Script(tokens_of(_BROKEN_ANSWER), ending="cut")


def _error(_: Prompt) -> Script:
    return Script(tokens_of(_BROKEN_ANSWER), ending="error")


_THOUGHTS = """\
The user wants to see how thinking looks. I am a script, so there is nothing to think about; but let me pretend.

First, what is being asked? Something. Second, what do I know? Only this text. Third, is there a catch? A script that \
thinks for three seconds and then says what it would have said anyway is the catch.

Let me check it twice: three seconds at forty tokens a second are a hundred and twenty tokens, and this is about them.\
"""

_THOUGHT_ANSWER = """\
I thought about it for some three seconds. That was **thinking**: it comes apart from the answer, is folded on the \
screen (Space unfolds it in the log) and is not sent back with the next prompt.

*I am a script and no model: the thoughts are always the same.*
"""

_SLOW_LOAD_ANSWER = """\
That took **five seconds** before the first word, as a model does that must be loaded first. Nothing at all arrives in \
the meantime; `timeouts.first_token` says how long llm-tui waits for it, and Esc stops the wait.

*I am a script and no model: I take five seconds every time.*
"""

_FLAKY_ANSWER = """\
It worked. The two requests before this one were refused with **HTTP 503**, and llm-tui tried again: that is \
`retry.attempts`. The next two will be refused as well.

*I am a script and no model: I fail on purpose.*
"""

_BROKEN_ANSWER = """\
This answer breaks off in the middle of a sentence. What has arrived until then stays on the screen and is marked, \
because nothing that arrived is thrown away. F5 asks for it again, and it will break again in the same place: I am a \
script and no model, and breaking is what I am\
"""

MODELS = (
    DemoModel("guide", _guide),
    DemoModel("echo", _echo, sees=True),
    _lorem("lorem-200-20", 200, 20),
    _lorem("lorem-2000-0", 2000, 0),
    DemoModel("think", _think, thinks=True),
    DemoModel("slow-load", _slow_load, load_s=5.0),
    DemoModel("flaky", _flaky, refusals=2),
    DemoModel("cut", _cut),
    DemoModel("error", _error),
)
"""The models that are listed, first the one to begin with."""
