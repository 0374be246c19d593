"""Saved prompts as slash commands, and their variables."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.workspace.conftest import ControlledProvider, FrontEnd
from tui.workspace import events as happened
from tui.workspace.saved_prompts import (
    FilledForm,
    PromptLibrary,
    VariableForm,
    find_saved_prompts,
    saved_prompt_candidates,
)


class Form:
    """Fills in forms as the test says, and keeps what was asked."""

    def __init__(self, library: PromptLibrary) -> None:
        self.asked: list[VariableForm] = []
        self.answer = FilledForm({}, is_confirmed=True)
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        library.ask = self

    async def __call__(self, form: VariableForm) -> FilledForm:
        self.asked.append(form)
        await self.may_answer.wait()
        return self.answer


@pytest.fixture
def form(front_end: FrontEnd) -> Form:
    """What answers the questions for values."""
    return Form(front_end.prompts)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of the saved prompts."""
    folder = tmp_path / "prompts"
    folder.mkdir()
    return folder


async def sent(front_end: FrontEnd, provider: ControlledProvider, typed: str) -> str:
    """Submit a text; the prompt that the server got."""
    provider.finish()
    count = len(provider.requests)
    front_end.submit(typed)
    await front_end.until(lambda: len(provider.requests) > count)
    await front_end.idle()
    return provider.prompts[-1]


async def error_of(front_end: FrontEnd, typed: str) -> str:
    """Submit a text that cannot be sent; the error."""
    count = len(front_end.of(happened.ErrorRaised))
    front_end.submit(typed)
    await front_end.until(lambda: len(front_end.of(happened.ErrorRaised)) > count)
    error = front_end.of(happened.ErrorRaised)[-1].error
    return f"{error} {error.hint}"


async def test_prompt_without_variables_is_sent_with_what_follows_it(
    front_end: FrontEnd, provider: ControlledProvider, folder: Path
) -> None:
    (folder / "Spell Check.md").write_text("Correct this.\n")
    assert await sent(front_end, provider, "/Spell-Check") == "Correct this."
    assert await sent(front_end, provider, "/spell-check") == "Correct this."
    assert await sent(front_end, provider, "/spell") == "Correct this."
    assert await sent(front_end, provider, "/Spell-Check teh cat\nsat") == "Correct this.\n\nteh cat\nsat"


async def test_each_variable_is_asked_for_once_and_remembered(
    front_end: FrontEnd, provider: ControlledProvider, folder: Path, form: Form
) -> None:
    (folder / "tr.md").write_text("{{text}} to {{target language}}. Again: {{ text }}.")
    form.answer = FilledForm({"text": "{{target language}}", "target language": "French"}, is_confirmed=True)
    assert await sent(front_end, provider, "/tr") == "{{target language}} to French. Again: {{target language}}."
    await sent(front_end, provider, "/tr cat")
    assert form.asked == [
        VariableForm("tr", ("text", "target language"), {}),
        VariableForm("tr", ("text", "target language"), {"text": "cat", "target language": "French"}),
    ]


async def test_argument_of_a_single_variable_needs_no_form(
    front_end: FrontEnd, provider: ControlledProvider, folder: Path, form: Form
) -> None:
    (folder / "explain.md").write_text("Explain {{topic}} to me.")
    assert await sent(front_end, provider, "/explain black holes") == "Explain black holes to me."
    assert form.asked == []


async def test_cancelled_form_returns_what_was_typed_and_remembers_its_values(
    front_end: FrontEnd, provider: ControlledProvider, folder: Path, form: Form
) -> None:
    (folder / "two.md").write_text("{{a}} {{b}}")
    form.answer = FilledForm({"a": "long text", "b": ""}, is_confirmed=False)
    front_end.submit("/two")
    await front_end.until(lambda: front_end.composer)
    assert (front_end.composer, provider.requests) == ("/two", [])
    form.answer = FilledForm({"a": "1", "b": "2"}, is_confirmed=True)
    assert await sent(front_end, provider, "/two") == "1 2"
    assert form.asked[1].values == {"a": "long text", "b": ""}


async def test_what_is_typed_behind_a_form_waits_for_it(
    front_end: FrontEnd, provider: ControlledProvider, folder: Path, form: Form
) -> None:
    (folder / "two.md").write_text("{{a}} {{b}}")
    form.answer = FilledForm({"a": "1", "b": "2"}, is_confirmed=True)
    form.may_answer.clear()
    provider.finish()
    front_end.submit("/two")
    assert front_end.submissions.may_open_form
    front_end.submit("behind")
    await front_end.until(lambda: form.asked)
    assert provider.requests == []
    form.may_answer.set()
    await front_end.until(lambda: len(provider.requests) == 2)
    assert provider.prompts == ["1 2", "behind"]
    assert not front_end.submissions.may_open_form


async def test_text_of_a_prompt_runs_no_command_but_names_files(
    front_end: FrontEnd, provider: ControlledProvider, folder: Path, tmp_path: Path
) -> None:
    note = tmp_path / "note.txt"
    note.write_text("the content")
    (folder / "slash.md").write_text("/quit")
    (folder / "file.md").write_text(f"Summarize @{note}")
    assert await sent(front_end, provider, "/slash") == "/quit"
    assert "the content" in await sent(front_end, provider, "/file")


async def test_commands_of_the_program_come_before_saved_prompts(front_end: FrontEnd, folder: Path) -> None:
    for name in ("help", "he", "hear", "set", "cat", "cap"):
        (folder / f"{name}.md").write_text("text")
    library = front_end.prompts
    found = {}
    for word in ("help", "hel", "hea", "he", "se", "ca", "cat", "caterpillar"):
        command = await library.command(f"/{word}")
        found[word] = None if command is None else command.name
    assert found == {
        "help": None,
        "hel": None,
        "hea": "hear",
        "he": "he",
        "se": None,
        "ca": None,
        "cat": "cat",
        "caterpillar": None,
    }


async def test_unusable_prompts_are_refused_with_a_reason(front_end: FrontEnd, folder: Path, form: Form) -> None:
    (folder / "empty.md").write_text(" \n")
    assert "empty" in await error_of(front_end, "/empty")
    (folder / "hole.md").write_text("{{a}}{{b}}")
    form.answer = FilledForm({"a": "", "b": " "}, is_confirmed=True)
    assert "empty with these values" in await error_of(front_end, "/hole")
    (folder / "binary.md").write_bytes(b"\xff\xfe\x00")
    assert "UTF-8" in await error_of(front_end, "/binary")
    front_end.prompts.ask = None
    assert "needs a, b" in await error_of(front_end, "/hole")


async def test_system_prompt_is_asked_for_its_variables(front_end: FrontEnd, folder: Path, form: Form) -> None:
    (folder / "role.md").write_text("You are {{who}}.")
    form.answer = FilledForm({"who": "a pirate"}, is_confirmed=True)
    front_end.submit("/system role")
    await front_end.until(lambda: front_end.current.session.conversation.system_prompt)
    assert front_end.current.session.conversation.system_prompt == "You are a pirate."
    form.answer = FilledForm({"who": "a cat"}, is_confirmed=False)
    front_end.submit("/system role")
    front_end.submit("/settings")
    await front_end.until(lambda: front_end.performed)
    assert front_end.current.session.conversation.system_prompt == "You are a pirate."


async def test_completion_tells_variables_and_first_line(front_end: FrontEnd, folder: Path) -> None:
    (folder / "review.md").write_text("# Review\n{{code}}")
    (folder / "Re Do.md").write_text("Do it again.")
    (folder / "broken.md").write_bytes(b"\xff")
    (folder / "re\u202egnp.md").write_text("text")
    prompts = await find_saved_prompts(front_end.runtime)
    found = {each.text: each.help for word in ("RE", "b") for each in await saved_prompt_candidates(prompts, word)}
    assert found == {
        "/review": "asks for code · Review",
        "/Re-Do": "saved prompt · Do it again.",
        "/broken": "saved prompt",
    }


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("/reviwe", "Did you mean /review? "),
        ("/revi", "Did you mean /review or /review-hard? "),
        ("/pro", "Did you mean /provider or /providers or /prompts or /proof? "),
        ("/zzzz", ""),
    ],
)
async def test_wrong_word_suggests_saved_prompts_too(front_end: FrontEnd, folder: Path, typed: str, meant: str) -> None:
    for name in ("review", "review-hard", "proof"):
        (folder / f"{name}.md").write_text("x")
    await error_of(front_end, typed)
    error = front_end.of(happened.ErrorRaised)[-1].error
    assert error.hint == f"{meant}Type /{typed} to send it as text."
