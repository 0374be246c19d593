"""Foreign text at every place where the program shows it, on a real terminal: nothing of it is interpreted.

A new place that shows foreign text needs one function here, marked with `@place`. It makes the program show `EVIL`; the
test then reads every byte that the program wrote.
"""

from __future__ import annotations

import asyncio
import base64
import json
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.fault_server import EVENT_STREAM, JSON, Connection, Script, StartServer, replies, streams
from tests.program import Program
from tests.ui.tool_app import ToolModel

if sys.platform == "win32":
    pytest.skip("Windows has no pseudo-terminals", allow_module_level=True)

from tests.terminal import ENTER, StartTerminal, Terminal
from tests.terminal_output import foreign_sequences

SEQUENCES = (
    "\x1b]52;c;RVZJTA==\x07"  # clipboard
    "\x1b]0;EVIL\x07\x1b]2;EVIL\x1b\\"  # window title
    "\x1b]8;;http://evil.test\x1b\\"  # hyperlink
    "\x1b[5m\x1b[2J\x1b[6n\x1bc"  # blink, clear, report of the cursor, reset
    "\x1bP1$rEVIL\x1b\\\x1b_EVIL\x1b\\"  # device control, application command
    "\x9b5m\x9d0;EVIL\x9c\x90EVIL\x9c"  # the same as single characters
    "\x07\x08\x7f\x00"  # bell, backspace, delete, null
    "\u202e\u2066\u2028"  # directions of text, line end
    "\U000e0045\U000e0056\U000e0049\U000e004c\U000e0045\U000e0056\U000e0049\U000e004c\U000e0045\U000e0056"  # invisible
)
HOSTILE_TOOLS = Path(__file__).parent / "tools" / "hostile_server.py"
SEEN = "Seen"
EVIL = f"{SEEN}{SEQUENCES}"
EVIL_ARGUMENT = EVIL.replace("\0", "")
"""The same for arguments and files, which cannot contain NUL or are not text with it."""

FILE_NAME = f"{SEEN}\x1b]0;EVIL\x07\x1b[5m\x7f\u202eEVIL.txt"

F2, F4, F6, F9 = "\x1bOQ", "\x1bOS", "\x1b[17~", "\x1b[20~"
ALT_D, ALT_I, ALT_L, ALT_R, ALT_S, ALT_T = "\x1bd", "\x1bi", "\x1bl", "\x1br", "\x1bs", "\x1bt"
CTRL_F, CTRL_G = "\x06", "\x07"
ESCAPE, TAB, UP = "\x1b", "\t", "\x1b[A"
PAGE_UP = "\x1b[5~"


@dataclass
class Stage:
    """What places need: a program, servers and terminals."""

    program: Program
    start_server: StartServer
    start_terminal: StartTerminal
    folder: Path
    terminals: list[Terminal] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)
    """Sequences that the app writes on purpose."""

    async def serve(
        self,
        chat: Script | None = None,
        *,
        model: str = "m",
        name: str = "server",
        kind: str = "ollama",
        retries: int = 0,
        status: int = 200,
        more: str = "",
    ) -> None:
        """Start a server, and configure it as the only provider.

        Args:
            chat: Answers prompts. None answers with `Fine.`.
            model: A model. A second one is called `other`.
            name: The provider's name.
            kind: The provider's type.
            retries: How often a failed request is repeated.
            status: Of the responses to other requests than prompts.
            more: More of the config file, at its top level.
        """
        replies_by_path = {
            "/api/tags": {"models": [{"name": each, "details": {"parameter_size": each}} for each in (model, "other")]},
            "/api/show": {"capabilities": ["completion"], "details": {"quantization_level": model}, "model_info": {}},
            "/api/version": {"version": model},
            "/api/ps": {"models": []},
            "/v1/models": {"data": [{"id": model}]},
        }
        chat = chat or streams(ollama({"content": "Fine."}))

        async def script(connection: Connection) -> None:
            value = replies_by_path.get(connection.request.target)
            body = json.dumps({"error": model} if status != 200 else value).encode()
            await (chat if value is None else replies(status, body, JSON))(connection)

        server = await self.start_server(script)
        self.program.configure(
            f"provider = {toml(name)}\n{more}\n[retry]\nattempts = {retries + 1}\nbackoff_initial = 0.5\n"
            f'[providers.{toml(name)}]\ntype = "{kind}"\nbase_url = "{server.url}"\n'
        )

    async def app(self, *arguments: str, wait: bool = True, size: tuple[int, int] = (150, 50)) -> Terminal:
        """Start the app."""
        terminal = await self.start_terminal(*arguments, size=size, wait=wait)
        self.terminals.append(terminal)
        return terminal

    async def ask(self, chat: Script | None = None, *, kind: str = "ollama", retries: int = 0) -> Terminal:
        """Start the app with a server, and send a prompt."""
        await self.serve(chat, kind=kind, retries=retries)
        terminal = await self.app("--model", "m")
        terminal.type("hi" + ENTER)
        return terminal

    async def command(self, *arguments: str) -> Terminal:
        """Run a command to its end."""
        terminal = await self.app(*arguments, wait=False)
        await terminal.ended()
        return terminal

    async def select_message(self, terminal: Terminal) -> None:
        """Select the last message."""
        terminal.type(TAB)
        await asyncio.sleep(0.2)
        terminal.type(UP)
        await asyncio.sleep(0.2)

    async def unfold(self, terminal: Terminal) -> None:
        """Unfold the thinking and tool calls of the last message."""
        await self.select_message(terminal)
        mark = len(terminal.received)
        terminal.type(" ")
        await terminal.shows(SEEN, mark)

    async def test_provider(self) -> None:
        """Test the provider in the list of providers."""
        terminal = await self.app()
        terminal.type("/providers" + ENTER)
        await terminal.shows("find servers on this machine")
        terminal.type("server")
        await asyncio.sleep(0.2)
        mark = len(terminal.received)
        terminal.type(ALT_T)
        await terminal.shows(SEEN, mark)

    async def archive(self) -> None:
        """Save a conversation in which everything is foreign."""
        (self.folder / "talk.json").write_text(json.dumps(CONVERSATION))
        assert (await self.program.run("import", str(self.folder / "talk.json"))).code == 0


PLACES: dict[str, Callable[[Stage], Awaitable[None]]] = {}


def place(function: Callable[[Stage], Awaitable[None]]) -> Callable[[Stage], Awaitable[None]]:
    """Add a place to the list."""
    PLACES[function.__name__] = function
    return function


@place
async def answer(stage: Stage) -> None:
    terminal = await stage.ask(streams(ollama({"content": EVIL})))
    await terminal.shows(SEEN)


@place
async def answer_cut_at_every_character(stage: Stage) -> None:
    pieces = [json.dumps({"message": {"content": character}}).encode() + b"\n" for character in EVIL]
    terminal = await stage.ask(streams(*pieces, ollama({"content": "the end"})))
    await terminal.shows("the end")


@place
async def markdown(stage: Stage) -> None:
    forms = (
        f"# {EVIL}",
        f"- {EVIL}",
        f"> {EVIL}",
        f"`{EVIL}`",
        f"**{EVIL}** ~~{EVIL}~~",
        f"[{EVIL}](http://evil.test/{EVIL})",
        f"<http://evil.test/{EVIL}>",
        f"![{EVIL}](<{EVIL}> '{EVIL}')",
        f"${EVIL}$",
        f"$$\n{EVIL}\n$$",
        f"| {EVIL} | b |\n| --- | --- |\n| {EVIL} | {EVIL} |",
        f"```{EVIL}\n{EVIL}\n```",
        f"```python\nx = '{EVIL}'  # {EVIL}\n```",
        f"    {EVIL}",
        f"<b title='{EVIL}'>{EVIL}</b>",
        "&#27;[5m &#x9b;5m &#7; &#x202e;",
        "the end",
    )
    terminal = await stage.ask(streams(ollama({"content": "\n\n".join(forms)})))
    await terminal.shows("the end")
    # Page by page, up to the prompt.
    while "▌ You" not in terminal.picture:
        await picture_changes(terminal, PAGE_UP)


@place
async def thinking(stage: Stage) -> None:
    terminal = await stage.ask(streams(ollama({"thinking": EVIL}, {"content": "Fine."})))
    await terminal.shows("Fine.")
    await stage.unfold(terminal)


@place
async def thinking_in_the_content(stage: Stage) -> None:
    terminal = await stage.ask(streams(ollama({"content": f"[THINK]{EVIL}[/THINK]Fine."})))
    await terminal.shows("Fine.")
    await stage.unfold(terminal)


@place
async def tool_call(stage: Stage) -> None:
    calls = [{"function": {"name": EVIL, "arguments": {EVIL: [EVIL]}}}]
    terminal = await stage.ask(streams(ollama({"content": "Fine.", "tool_calls": calls})))
    await terminal.shows(SEEN)
    await stage.unfold(terminal)


async def use_hostile_tools(stage: Stage, *arguments: str) -> Terminal:
    """Start the app with a model that calls the tool of a server in which everything is foreign."""
    server = await stage.start_server(ToolModel([("", {EVIL: EVIL, "list": [EVIL]})]))
    command = json.dumps([sys.executable, "-I", str(HOSTILE_TOOLS), str(stage.folder), *arguments])
    stage.program.configure(
        f'provider = "server"\n[providers.server]\ntype = "ollama"\nbase_url = "{server.url}"\n'
        f"[mcp.test]\ncommand = {command}\nenv = {{ TEXT = {json.dumps(json.dumps(EVIL))} }}\n"
    )
    terminal = await stage.app("--model", "m")
    terminal.type("hi" + ENTER)
    await terminal.shows("asks to run")
    return terminal


@place
async def tool_that_asks_and_its_result(stage: Stage) -> None:
    terminal = await use_hostile_tools(stage)
    terminal.type(TAB)
    await asyncio.sleep(0.2)
    terminal.type(" ")
    await asyncio.sleep(0.2)
    mark = len(terminal.received)
    terminal.type("y")
    # The call stays unfolded, with its result.
    await terminal.shows("Done.", mark)
    await terminal.shows("evil.test", mark)


@place
async def reason_why_a_tool_does_not_run(stage: Stage) -> None:
    terminal = await use_hostile_tools(stage)
    terminal.type(TAB)
    await asyncio.sleep(0.2)
    terminal.type("w")
    await terminal.shows("Why not?")
    await terminal.shows(SEEN)


@place
async def question_of_a_tool_server(stage: Stage) -> None:
    terminal = await use_hostile_tools(stage, "ask")
    terminal.type(TAB)
    await asyncio.sleep(0.2)
    terminal.type("y")
    await terminal.shows("asks you")
    terminal.type(TAB)
    await asyncio.sleep(0.2)
    await shows_after(terminal, "y", "What you type")


@place
async def list_of_tools(stage: Stage) -> None:
    terminal = await use_hostile_tools(stage)
    mark = len(terminal.received)
    terminal.type("/tools" + ENTER)
    await terminal.shows("may destroy something", mark)
    terminal.type("\x1b[B")
    await terminal.shows(SEEN, mark)


@place
async def finish_reason_and_model_of_the_answer(stage: Stage) -> None:
    event = {"model": EVIL, "choices": [{"delta": {"content": "Fine."}, "finish_reason": EVIL}]}
    body = f"data: {json.dumps(event)}\n\ndata: [DONE]\n\n".encode()
    terminal = await stage.ask(streams(body, content_type=EVENT_STREAM), kind="openai")
    await terminal.shows("Fine.")
    await terminal.shows(SEEN)


@place
async def prompt_that_was_pasted(stage: Stage) -> None:
    await stage.serve()
    terminal = await stage.app("--model", "m")
    pasted = EVIL.replace("\x1b[5m", "")
    terminal.type(f"\x1b[200~{pasted}\x1b[201~")
    await terminal.shows(SEEN)
    terminal.type(ENTER)
    await terminal.shows("Fine.")


@place
async def message_of_a_retry(stage: Stage) -> None:
    refused = json.dumps({"error": f"busy {EVIL}"}).encode()
    for status, body, media_type in (
        (503, refused, JSON),
        (429, refused, JSON),
        (502, f"<html><title>{EVIL}</title></html>".encode(), "text/html"),
    ):
        terminal = await stage.ask(replies(status, body, media_type), retries=1)
        await terminal.shows("Trying again")


@place
async def error_of_the_server(stage: Stage) -> None:
    for status, body, media_type in (
        (400, json.dumps({"error": EVIL}).encode(), JSON),
        (404, json.dumps({"error": {"message": EVIL, "type": EVIL, "code": EVIL}}).encode(), JSON),
        (401, EVIL.encode(), "text/plain"),
        (500, f"<html><title>{EVIL}</title>{EVIL}</html>".encode(), "text/html"),
        (200, EVIL.encode(), "text/plain"),
        (200, f"<html><title>{EVIL}</title></html>".encode(), "text/html"),
    ):
        terminal = await stage.ask(replies(status, body, media_type))
        await terminal.shows("✗")
        await terminal.shows(SEEN)


@place
async def error_in_the_stream(stage: Stage) -> None:
    for piece in (json.dumps({"error": EVIL}).encode(), EVIL.encode()):
        terminal = await stage.ask(streams(ollama({"content": "Fine."}, done=False), piece + b"\n"))
        await terminal.shows("✗")
        await terminal.shows(SEEN)


async def picture_changes(terminal: Terminal, keys: str) -> None:
    """Press keys, and wait until the terminal shows something else."""
    before = terminal.picture
    terminal.type(keys)
    await terminal.until(lambda _: terminal.picture != before)


async def shows_after(terminal: Terminal, keys: str, text: str) -> None:
    """Press keys, and wait until a text is painted that was not there, as when a dialog opens or closes."""
    mark = len(terminal.received)
    terminal.type(keys)
    await terminal.shows(text, mark)


@place
async def names_of_models(stage: Stage) -> None:
    await stage.serve(model=EVIL)
    terminal = await stage.app()
    await terminal.shows(SEEN)
    terminal.type(F4)
    await terminal.shows("what it can do")
    # Its details, and the forms about it.
    terminal.type(SEEN)
    for key, title in ((ALT_I, "Provider "), (ALT_D, "Delete "), (ALT_L, "Load ")):
        await shows_after(terminal, key, title)
        terminal.type(ESCAPE)
        # An escape and a letter that arrive together would be one key.
        await terminal.until_gone(title)
    terminal.type(ENTER)
    await terminal.until_gone("details")
    terminal.type("hi" + ENTER)
    await terminal.shows("Fine.")
    await asyncio.sleep(0.5)
    await shows_after(terminal, ALT_R, "Regenerate with")


@place
async def name_of_the_provider(stage: Stage) -> None:
    # Such a name is refused. The provider of a saved conversation can still have one.
    for name in (EVIL, f"{SEEN}\u202e"):
        await stage.serve(name=name)
        await stage.command("models")
        await stage.command()


@place
async def names_and_content_of_files(stage: Stage) -> None:
    folder = stage.folder / "files"
    folder.mkdir()
    (folder / FILE_NAME).write_text(EVIL)
    (folder / f"{SEEN}.txt").write_text(EVIL_ARGUMENT)
    await stage.serve()
    terminal = await stage.app("--model", "m")
    size = f"{len(EVIL_ARGUMENT.encode())} B"
    await shows_after(terminal, f"@{folder}/Se", size)
    terminal.type(TAB)
    await terminal.until_gone(size)
    await terminal.shows(f"{SEEN}.txt")
    await shows_after(terminal, " " + ENTER, "Fine.")


@place
async def saved_conversation(stage: Stage) -> None:
    await stage.serve()
    await stage.archive()
    terminal = await stage.app("--continue", size=(150, 120))
    await terminal.shows(f"{SEEN} answer")
    await stage.unfold(terminal)


@place
async def picture_of_a_conversation(stage: Stage) -> None:
    await stage.serve()
    await stage.archive()
    terminal = await stage.app("--continue")
    await terminal.shows(f"{SEEN} answer")
    mark = len(terminal.received)
    terminal.type(TAB + "v")
    await terminal.shows("image/png", mark)
    await terminal.shows("The image is broken", mark)


@place
async def dialogs_about_a_conversation(stage: Stage) -> None:
    await stage.serve()
    await stage.archive()
    for keys, shown in (
        (ALT_I, "Rename the conversation"),
        (ALT_S, "This conversation"),
        (CTRL_F, "Find"),
    ):
        terminal = await stage.app("--continue")
        await terminal.shows(f"{SEEN} answer")
        # The conversation is shown before its commands are available.
        await asyncio.sleep(1)
        mark = len(terminal.received)
        terminal.type(keys)
        await terminal.shows(shown, mark)
        terminal.type("answer")
        await asyncio.sleep(0.3)


@place
async def search_results(stage: Stage) -> None:
    await stage.serve()
    await stage.archive()
    terminal = await stage.app("--continue")
    await shows_after(terminal, CTRL_G, "Search in all conversations")
    await shows_after(terminal, "Seen", "answer")


@place
async def comparison(stage: Stage) -> None:
    await stage.serve(streams(ollama({"content": EVIL})), model=EVIL_ARGUMENT)
    terminal = await stage.app("--model", EVIL_ARGUMENT)
    terminal.type("hi" + F9)
    await terminal.shows("mark 2")
    await terminal.shows("other")
    await asyncio.sleep(0.3)
    await shows_after(terminal, TAB, "[x]")
    mark = len(terminal.received)
    terminal.type(ENTER)
    await terminal.until(lambda received: received.count(SEEN.encode()) >= 3, mark)
    await asyncio.sleep(0.3)


@place
async def notices(stage: Stage) -> None:
    name = f"{SEEN}\u202e\u2066"
    await stage.serve(more=f"theme = {toml(name)}\n[keys]\n{toml(EVIL)} = 'f5'\n")
    terminal = await stage.app("--model", "m")
    await terminal.shows("Unknown theme")
    await terminal.shows("unknown action")
    await shows_after(terminal, f"/import {stage.folder}/missing{FILE_NAME.replace(chr(27), '')}" + ENTER, "missing")
    await asyncio.sleep(0.3)


@place
async def names_of_saved_prompts(stage: Stage) -> None:
    await stage.serve()
    prompts = stage.program.config.parent / "prompts"
    prompts.mkdir()
    (prompts / f"{FILE_NAME}.md").write_text(EVIL)
    (prompts / "harmless.md").write_text(f"{EVIL} {{{{first}}}} {{{{second}}}}")
    terminal = await stage.app("--model", "m")
    await shows_after(terminal, "/harm", "asks for first")
    await shows_after(terminal, ENTER, "use the prompt")
    terminal.type(ESCAPE)
    await shows_after(terminal, ALT_S, "This conversation")


@place
async def settings(stage: Stage) -> None:
    await stage.serve()
    config = stage.folder / FILE_NAME
    config.write_text(stage.program.config.read_text())
    terminal = await stage.app("--model", "m", "--config", str(config))
    mark = len(terminal.received)
    await shows_after(terminal, F2, "Settings")
    # The path of the file.
    await terminal.shows(SEEN, mark)


@place
async def code_picker(stage: Stage) -> None:
    content = f"```{EVIL}\n{EVIL}\n```\n\n```\n{EVIL}\n```\n\nthe end"
    terminal = await stage.ask(streams(ollama({"content": content})))
    await terminal.shows("the end")
    await stage.select_message(terminal)
    await shows_after(terminal, "b", "Copy which code block?")


@place
async def copied_text(stage: Stage) -> None:
    terminal = await stage.ask(streams(ollama({"content": EVIL})))
    await terminal.shows(SEEN)
    terminal.type(F6)
    await terminal.shows("Copied")
    stage.expected.append(f"\x1b]52;c;{base64.b64encode(EVIL.encode()).decode()}\x07")
    assert stage.expected[0].encode() in terminal.received


@place
async def invalid_config(stage: Stage) -> None:
    await stage.serve()
    stage.program.configure(f"[timeouts]\nidle = {toml(EVIL)}\n")
    await stage.command()


@place
async def command_ask(stage: Stage) -> None:
    calls = [{"function": {"name": EVIL, "arguments": {EVIL: EVIL}}}]
    await stage.serve(streams(ollama({"thinking": EVIL}, {"content": EVIL, "tool_calls": calls})))
    await stage.command("ask", "hi", "--model", EVIL_ARGUMENT, "--thinking", "show", "--stats")


@place
async def command_ask_that_fails(stage: Stage) -> None:
    await stage.serve(replies(503, json.dumps({"error": EVIL}).encode(), JSON), more="")
    await stage.command("ask", "hi", "--model", "m")
    await stage.command("ask", "hi", "--model", "m", "--json")
    await stage.command("ask", "hi", "--provider", EVIL_ARGUMENT)
    await stage.command(EVIL_ARGUMENT)


@place
async def command_models(stage: Stage) -> None:
    for kind in ("ollama", "openai"):
        await stage.serve(model=EVIL, kind=kind)
        await stage.command("models")
        await stage.command("models", "--json")
    await stage.serve(model=EVIL, status=500)
    await stage.command("models")


@place
async def command_models_show(stage: Stage) -> None:
    await stage.serve(model=EVIL)
    await stage.command("models", "show", "other")
    await stage.command("models", "show", EVIL_ARGUMENT)


@place
async def command_models_pull(stage: Stage) -> None:
    lines = [{"status": EVIL}, {"status": EVIL, "digest": EVIL, "total": 5, "completed": 2}, {"error": EVIL}]
    await stage.serve(streams(*(json.dumps(line).encode() + b"\n" for line in lines)))
    await stage.command("models", "pull", EVIL_ARGUMENT)
    await stage.command("models", "pull", EVIL_ARGUMENT, "--json")


@place
async def command_doctor(stage: Stage) -> None:
    for kind, status in (("ollama", 200), ("openai", 500), ("lmstudio", 200)):
        await stage.serve(model=EVIL, kind=kind, status=status, more=f"{toml(EVIL)} = 1\n")
        await stage.command("doctor")
        await stage.command("doctor", "--json")


@place
async def command_export(stage: Stage) -> None:
    await stage.archive()
    await stage.command("export", "--list")
    for wanted in ("md", "html", "json"):
        await stage.command("export", "--format", wanted, "hostile")


@place
async def command_import(stage: Stage) -> None:
    path = stage.folder / FILE_NAME
    for content in (
        json.dumps(CONVERSATION),
        json.dumps([CONVERSATION, {"title": EVIL}, {"title": EVIL, "mapping": {EVIL: EVIL}}]),
        EVIL,
    ):
        path.write_text(content)
        await stage.command("import", str(path))
    await stage.command("import", f"{path}-missing")


@place
async def command_export_all(stage: Stage) -> None:
    await stage.archive()
    folder = stage.folder / f"{FILE_NAME}-folder"
    await stage.command("export", "--all", str(folder))
    for path in folder.iterdir():
        path.write_text("other")
    await stage.command("export", "--all", str(folder))


@place
async def command_import_of_other_programs(stage: Stage) -> None:
    folder = stage.folder / FILE_NAME
    folder.mkdir()
    part = {"type": EVIL, "text": EVIL}
    files = {
        "claude": {"name": EVIL, "chat_messages": [{"sender": EVIL}, {"sender": "human", "content": [part]}]},
        "lmstudio": {"name": EVIL, "messages": [{"versions": [{"role": EVIL}, {"role": "user", "content": [part]}]}]},
        "parllama": {"name": EVIL, "last_updated": EVIL, "llm_model_name": EVIL, "messages": [{"role": EVIL}]},
    }
    for name, content in files.items():
        (folder / f"{name}.json").write_text(json.dumps(content))
    await stage.command("import", str(folder))


@place
async def command_delete(stage: Stage) -> None:
    await stage.archive()
    terminal = await stage.app("delete", "hostile", wait=False)
    await terminal.shows("[y/N]")
    terminal.type(ENTER)
    await terminal.ended()


@place
async def command_usage(stage: Stage) -> None:
    await stage.archive()
    await stage.command("usage")
    await stage.command("usage", "--json")


@place
async def usage_in_the_chat(stage: Stage) -> None:
    await stage.archive()
    await stage.serve()
    terminal = await stage.app("--model", "m")
    await shows_after(terminal, "/usage" + ENTER, SEEN)


@place
async def command_completion(stage: Stage) -> None:
    await stage.archive()
    await stage.command("completion", "--values", "conversation")


@place
async def provider_that_is_tested(stage: Stage) -> None:
    await stage.serve(model=EVIL)
    await stage.test_provider()


@place
async def provider_that_fails_its_test(stage: Stage) -> None:
    await stage.serve(model=EVIL, status=500)
    await stage.test_provider()


@place
async def command_config(stage: Stage) -> None:
    await stage.serve(model=EVIL, more=f"theme = {toml(SEEN + chr(0x202E))}\n[keys]\n{toml(EVIL)} = 'f5'\n")
    path = stage.folder / FILE_NAME
    await stage.command("config", "path", "--config", str(path))
    await stage.command("config", "init", "--config", str(path))
    await stage.command("config", "init", "--config", str(path))
    await stage.command("config", "show")


def ollama(*messages: dict[str, object], done: bool = True) -> bytes:
    """The lines of an Ollama stream."""
    lines = [json.dumps({"message": message, "done": False}) for message in messages]
    lines += ['{"done":true,"done_reason":"stop"}'] if done else []
    return "".join(f"{line}\n" for line in lines).encode()


def toml(text: str) -> str:
    """A TOML string."""
    return '"' + "".join(f"\\U{ord(character):08x}" for character in text) + '"'


def saved_message(number: int, role: str, **more: object) -> dict[str, object]:
    return {
        "id": f"m{number}",
        "parent_id": f"m{number - 1}" if number else None,
        "role": role,
        "content": f"{SEEN} {'answer' if role == 'assistant' else 'question'}\n\n{EVIL}",
        "created_at": 1.0,
        "thinking": EVIL if role == "assistant" else "",
        "tool_calls": [],
        "images": [],
        "provider": EVIL,
        "model": EVIL,
        "finish_reason": EVIL,
        "outcome": "complete",
        "failure": None,
        "figures": {},
        "options": {EVIL: EVIL},
        **more,
    }


CONVERSATION: dict[str, object] = {
    "format": "llm-tui conversation",
    "version": 1,
    "id": "hostile",
    "title": EVIL,
    "created_at": 1.0,
    "provider": EVIL,
    "model": EVIL,
    "head_id": "m3",
    "system_prompt": EVIL,
    "options": {EVIL: EVIL},
    "messages": [
        saved_message(0, "user", images=[{"name": EVIL, "media_type": "image/png", "data": "iVBORw=="}]),
        saved_message(1, "assistant", tool_calls=[{"name": EVIL, "arguments": {EVIL: EVIL}, "id": EVIL}]),
        saved_message(2, "user"),
        saved_message(
            3,
            "assistant",
            outcome="failed",
            failure={"kind": "server", "message": EVIL, "hint": EVIL, "status": 500},
        ),
    ],
}


@pytest.mark.parametrize("name", PLACES)
async def test_nothing_foreign_is_interpreted(
    name: str, program: Program, start_server: StartServer, start_terminal: StartTerminal, tmp_path: Path
) -> None:
    stage = Stage(program, start_server, start_terminal, tmp_path)
    await PLACES[name](stage)
    assert stage.terminals
    for terminal in stage.terminals:
        if terminal.process.returncode is None:
            terminal.process.terminate()
            await terminal.ended()
        received = bytes(terminal.received)
        assert SEEN.encode() in received, "the place did not show the text"
        assert foreign_sequences(received, stage.expected) == []
        assert b"Traceback" not in received
        assert b"Internal error" not in received
