"""The prompts of tool servers as slash commands, and resources in prompts."""

from __future__ import annotations

import pytest

from tui.chat.tool_servers import PromptArgument, PromptSpec, ServerContent
from tui.errors import UsageError
from tui.workspace.attachments import attach_files, resources_in
from tui.workspace.server_prompts import ServerPromptCommand, parse_server_prompt, prompt_arguments, usage

REVIEW = PromptSpec("lab", "review", "", (PromptArgument("code", is_required=True), PromptArgument("style")))
ONE = PromptSpec("lab", "one", "", (PromptArgument("text", is_required=True),))


@pytest.mark.parametrize(
    ("typed", "command"),
    [
        ("/lab:review", ServerPromptCommand("lab", "review", "")),
        ("/lab:review  a=b c ", ServerPromptCommand("lab", "review", "a=b c")),
        ("/other:review", None),
        ("//lab:review", None),
        ("/lab review", None),
        ("lab:review", None),
    ],
)
def test_only_names_of_configured_servers_are_commands(typed: str, command: ServerPromptCommand | None) -> None:
    assert parse_server_prompt(typed, ["lab"]) == command


def test_usage_shows_which_arguments_are_optional() -> None:
    assert usage(REVIEW) == "/lab:review code=… [style=…]"


@pytest.mark.parametrize(
    ("spec", "typed", "arguments"),
    [
        (REVIEW, 'code=x style="short and clear"', {"code": "x", "style": "short and clear"}),
        (REVIEW, "code=a=b", {"code": "a=b"}),
        (ONE, "any words = fine", {"text": "any words = fine"}),
        (ONE, "text=word", {"text": "word"}),
        (PromptSpec("lab", "none"), "", {}),
    ],
)
def test_arguments_are_read(spec: PromptSpec, typed: str, arguments: dict[str, str]) -> None:
    assert prompt_arguments(spec, typed) == arguments


@pytest.mark.parametrize(
    ("spec", "typed", "problem"),
    [
        (REVIEW, "", "/lab:review needs code."),
        (REVIEW, "code=x other=y", "other=y is not an argument"),
        (REVIEW, "x", "x is not an argument"),
        (REVIEW, "code='x", "open quote"),
        (ONE, "", "needs text"),
    ],
)
def test_wrong_arguments_are_named(spec: PromptSpec, typed: str, problem: str) -> None:
    with pytest.raises(UsageError, match=problem) as raised:
        prompt_arguments(spec, typed)

    assert raised.value.hint.startswith("Type it like /lab:")


def test_resources_of_other_servers_are_text() -> None:
    assert resources_in("@lab:x://a, @other:y mail@lab:z", ("lab",)) == [("lab", "x://a")]


async def test_text_of_resource_names_no_files() -> None:
    async def read(server: str, uri: str) -> ServerContent:
        assert (server, uri) == ("lab", "x://a")
        return ServerContent("@/etc/hostname @lab:x://b")

    prompt = await attach_files("see @lab:x://a", ("lab",), read)

    assert prompt.text == "see lab:x://a\n\nlab:x://a:\n\n```\n@/etc/hostname @lab:x://b\n```"
    assert prompt.original_text == "see @lab:x://a"
