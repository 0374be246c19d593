"""Providers in the app: what is found and offered, the list of providers, and the form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from textual.widgets import Input, OptionList, Static

from tests.fault_server import FaultServer, StartServer, hangs, replies
from tests.program import Program
from tests.ui.model_servers import LLAMA_CPP, LOCKED, OLLAMA, VLLM, serving
from tests.ui.running import RunningApp, StartApp
from tui.config import settings
from tui.demo.server import DemoServer
from tui.ui.screens.find_servers import FindServersScreen
from tui.ui.screens.provider_editor import ProviderEditorScreen
from tui.ui.screens.providers import ProvidersScreen
from tui.ui.widgets.choice_row import ChoiceRow

LookAt = Callable[..., None]


@pytest.fixture
def look_at(monkeypatch: pytest.MonkeyPatch) -> LookAt:
    """Sets the only servers that are looked for. The built-in providers have addresses that refuse connections."""
    for name in ("ollama", "lmstudio"):
        monkeypatch.setitem(settings.BUILT_IN, name, {"type": name, "base_url": "http://127.0.0.1:9"})

    def look_at_ports_of(*servers: FaultServer) -> None:
        ports = tuple(server.port for server in servers)
        monkeypatch.setattr("tui.providers.discovery.LOCAL_PORTS", ports)

    return look_at_ports_of


def rows(app: RunningApp) -> list[str]:
    """The rows of the list in the dialog."""
    return [str(option.prompt).strip() for option in app.screen.query_one(OptionList).options]


def text_of(app: RunningApp, selector: str) -> str:
    return str(app.screen.query_one(selector, Static).content)


async def open_dialog(app: RunningApp, command: str, screen: type) -> None:
    """Type a slash command that opens a dialog."""
    await app.type(command)
    await app.press("enter")
    await app.until(lambda: isinstance(app.screen, screen))


async def fill_in(app: RunningApp, **texts: str) -> None:
    """Replace the text of fields of the form, as by a paste."""
    for id_, text in texts.items():
        field = app.screen.query_one(f"#{id_}", Input)
        field.focus()
        field.value = text
    await app.pilot.pause()


# The first start.


async def test_found_server_is_two_keys_away_from_the_first_answer(
    program: Program, start_app: StartApp, start_server: StartServer, look_at: LookAt
) -> None:
    vllm = await start_server(serving(VLLM))
    look_at(vllm)
    app = await start_app(size=(80, 24))
    await app.until(lambda: "Found on this machine" in app.log.text)
    assert app.shows("● vLLM 0.32.0   127.0.0.1:" + str(vllm.port), "Alt+A   add it and start")

    await app.press("alt+a")
    await app.until(lambda: app.session.model == "qwen3")

    assert program.config.read_text() == f'[providers.vllm]\ntype = "openai"\nbase_url = "{vllm.url}"\n'
    assert "Found on this machine" not in app.log.text
    assert app.has_notice("Added vllm.")
    await app.ask_and_wait("hello")
    assert app.messages == ["hello", "Hi."]


async def test_servers_are_looked_for_only_at_the_first_start(
    program: Program, demo: DemoServer, start_app: StartApp, start_server: StartServer, look_at: LookAt
) -> None:
    vllm = await start_server(serving(VLLM))
    look_at(vllm)
    program.use_server(demo.url)
    app = await start_app()
    await app.ask_and_wait("hello")
    assert vllm.connections == []
    assert "Found" not in app.log.text


async def test_prompt_does_not_wait_for_a_search_that_hangs(
    start_app: StartApp, start_server: StartServer, look_at: LookAt
) -> None:
    hanging = await start_server(hangs)
    look_at(hanging)
    app = await start_app()
    await hanging.wait_for_requests(1)
    await app.ask_and_wait("hello")
    assert app.session.provider.name == "demo"


async def test_server_that_wants_a_key_is_named_but_not_added_with_one_key(
    program: Program, start_app: StartApp, start_server: StartServer, look_at: LookAt
) -> None:
    look_at(await start_server(replies(401, LOCKED)))
    app = await start_app()
    await app.until(lambda: "wants a key" in app.log.text)
    assert "Alt+A" not in app.log.text
    await app.press("alt+a")
    await app.until(lambda: app.has_notice("Nothing new was found."))
    assert not program.config.exists()


async def test_sidebar_offers_what_was_found(
    program: Program, start_app: StartApp, start_server: StartServer, look_at: LookAt
) -> None:
    look_at(await start_server(serving(LLAMA_CPP)))
    app = await start_app()
    await app.until(lambda: "Found on this machine" in app.log.text)

    await app.press("f3")
    providers = app.sidebar.areas[0]
    shown = [str(option.prompt).strip() for option in providers.options]
    assert shown[-3:] == ["Add llama.cpp b11434", "Find servers", "Edit providers"]
    providers.highlighted = len(shown) - 3
    await app.press("enter")
    await app.until(lambda: app.current.session.provider.name == "llamacpp")
    assert 'type = "llamacpp"' in program.config.read_text()


@pytest.mark.parametrize(("row", "screen"), [(-2, FindServersScreen), (-1, ProvidersScreen)])
async def test_sidebar_opens_the_dialogs_by_mouse(
    program: Program, demo: DemoServer, start_app: StartApp, look_at: LookAt, row: int, screen: type
) -> None:
    program.use_server(demo.url)
    look_at()
    app = await start_app()
    await app.press("f3")
    providers = app.sidebar.areas[0]
    await app.pilot.click(providers, offset=(8, providers.option_count + row))
    await app.until(lambda: isinstance(app.screen, screen))


# Finding servers.


async def test_found_server_is_added_in_the_dialog(
    program: Program, demo: DemoServer, start_app: StartApp, start_server: StartServer, look_at: LookAt
) -> None:
    program.use_server(demo.url)
    vllm, ollama = await start_server(serving(VLLM)), await start_server(serving(OLLAMA))
    look_at(vllm, ollama)
    app = await start_app(model="echo")
    await open_dialog(app, "/servers", FindServersScreen)
    await app.until(lambda: len(rows(app)) > 2)

    assert rows(app)[0].split() == ["●", "vLLM", "0.32.0", f"127.0.0.1:{vllm.port}", "·", "1", "model", "new"]
    assert "llama-server -m MODEL.gguf" in "\n".join(rows(app))
    assert "vllm serve" not in "\n".join(rows(app))
    await app.press("enter")
    await app.until(lambda: text_of(app, "#message") == "Added vLLM 0.32.0 as vllm.")
    assert rows(app)[0].endswith("configured as vllm")
    await app.press("down", "enter")
    await app.until(lambda: rows(app)[1].endswith("configured as ollama"))
    await app.press("escape")

    # The conversation keeps the server that it has; the others are there at once.
    assert app.session.provider.name == "server"
    reachable = {"vllm", "ollama"}
    await app.until(
        lambda: (
            reachable <= {each.name for each in app.chat.parts.directory.statuses if each.reachability == "reachable"}
        )
    )


async def test_server_that_wants_a_key_is_set_up_in_the_form(
    program: Program, start_app: StartApp, start_server: StartServer, look_at: LookAt
) -> None:
    locked = await start_server(replies(401, LOCKED))
    look_at(locked)
    app = await start_app()
    await open_dialog(app, "/servers", FindServersScreen)
    await app.until(lambda: "wants a key" in rows(app)[0])
    await app.press("enter")
    await app.until(lambda: isinstance(app.screen, ProviderEditorScreen))

    await fill_in(app, key="MY_TOKEN")
    await app.press("ctrl+s")
    await app.until(lambda: app.screen is app.chat)
    text = program.config.read_text()
    # The built-in provider of this type does not answer at its own address.
    assert text == f'[providers.lmstudio]\nbase_url = "{locked.url}"\napi_key_env = "MY_TOKEN"\n'


async def test_nothing_found_says_what_to_do(start_app: StartApp, look_at: LookAt) -> None:
    look_at()
    app = await start_app()
    await open_dialog(app, "/servers", FindServersScreen)
    await app.until(lambda: text_of(app, "#message") == "No server answers. Start one, then press F5.")
    assert rows(app)[1:3] == ["○ Ollama              ollama serve", "○ LM Studio           lms server start"]
    await app.pilot.resize_terminal(60, 24)
    command = "docker desktop enable model-runner --tcp 12434"
    await app.until(lambda: any(command in " ".join(row.split()) and "\n" in row for row in rows(app)))


async def test_looking_again_finds_what_was_started_meanwhile(
    start_app: StartApp, start_server: StartServer, look_at: LookAt
) -> None:
    look_at()
    app = await start_app()
    await open_dialog(app, "/servers", FindServersScreen)
    await app.until(lambda: text_of(app, "#message").startswith("No server"))
    look_at(await start_server(serving(VLLM)))
    await app.press("f5")
    await app.until(lambda: "vLLM" in rows(app)[0])
    # A configured server is edited.
    await app.press("enter")
    await app.until(lambda: rows(app)[0].endswith("configured as vllm"))
    await app.press("enter")
    await app.until(lambda: isinstance(app.screen, ProviderEditorScreen))
    assert app.screen.query_one("#address", Input).value.startswith("http://127.0.0.1:")


# The list of providers.


@pytest.fixture
async def listed(program: Program, demo: DemoServer, start_app: StartApp, look_at: LookAt) -> RunningApp:
    """The list of providers, above an app that uses the demo server as `server`, besides a `gateway`."""
    program.use_server(demo.url)
    gateway = (
        '\n# Ours.\n[providers.gateway]\ntype = "openai"\nbase_url = "http://127.0.0.1:9"\napi_key = "sk-secret"\n'
    )
    program.configure(program.config.read_text() + gateway)
    look_at()
    app = await start_app(model="echo")
    await open_dialog(app, "/providers", ProvidersScreen)
    return app


async def go_to(app: RunningApp, name: str) -> None:
    """Filter the list down to one provider."""
    app.screen.query_one(Input).value = name
    await app.until(lambda: len(rows(app)) == 1)


async def test_all_providers_are_listed_with_what_is_known(listed: RunningApp) -> None:
    expected = [["○", "ollama"], ["○", "lmstudio"], ["●", "server"], ["○", "gateway"], ["◌", "demo"]]
    await listed.until(lambda: [row.split()[:2] for row in rows(listed)] == expected)


async def test_provider_is_tested_in_the_list(listed: RunningApp) -> None:
    await go_to(listed, "server")
    await listed.press("alt+t")
    await listed.until(lambda: "models" in text_of(listed, "#results"))
    assert text_of(listed, "#results").startswith("✓ Reached in")

    await go_to(listed, "gateway")
    await listed.press("alt+t")
    await listed.until(lambda: "✗ No connection" in text_of(listed, "#results"))
    assert "Start the server, or correct the port." in text_of(listed, "#results")


async def test_provider_is_turned_off_and_on(program: Program, listed: RunningApp) -> None:
    before = program.config.read_text()
    await go_to(listed, "gateway")
    await listed.press("alt+o")
    await listed.until(lambda: rows(listed)[0].endswith("off"))
    assert program.config.read_text() == before + "enabled = false\n"
    assert "gateway" not in listed.chat.parts.directory.names

    await listed.press("alt+o")
    await listed.until(lambda: "gateway" in listed.chat.parts.directory.names)
    assert program.config.read_text() == before


async def test_provider_is_removed_after_a_second_press(program: Program, listed: RunningApp) -> None:
    await go_to(listed, "gateway")
    await listed.press("alt+d")
    assert text_of(listed, "#results") == "Alt+D again removes gateway from the config file."
    assert "gateway" in program.config.read_text()

    # Moving to another provider takes the question back.
    listed.screen.query_one(Input).value = ""
    await listed.until(lambda: len(rows(listed)) == 5)
    await listed.press("down")
    assert text_of(listed, "#results") == ""
    await go_to(listed, "gateway")
    await listed.press("alt+d", "alt+d")
    await listed.until(lambda: rows(listed) == [])
    assert "gateway" not in program.config.read_text()
    assert "# Ours." in program.config.read_text()


async def test_built_in_provider_is_turned_off_instead_of_removed(program: Program, listed: RunningApp) -> None:
    await go_to(listed, "ollama")
    await listed.press("alt+d")
    assert text_of(listed, "#results") == "Alt+D again turns ollama off, which is built in."
    await listed.press("alt+d")
    await listed.until(lambda: rows(listed)[0].endswith("off"))
    assert program.config.read_text().endswith("\n[providers.ollama]\nenabled = false\n")
    await listed.press("alt+d")
    assert text_of(listed, "#results") == "ollama is built in, and off already."


async def test_mark_stands_at_the_field_that_has_the_keys(listed: RunningApp) -> None:
    await go_to(listed, "gateway")
    await listed.press("enter")
    await listed.until(lambda: isinstance(listed.screen, ProviderEditorScreen))

    def marked() -> list[str | None]:
        return [row.id for row in listed.screen.query(".row") if row.query_one(".mark").visible]

    assert marked() == ["address-row"]
    await listed.press("up", "up")
    await listed.until(lambda: marked() == ["name-row"])


async def test_renamed_provider_is_listed_by_its_new_name(program: Program, listed: RunningApp) -> None:
    await go_to(listed, "gateway")
    await listed.press("enter")
    await listed.until(lambda: isinstance(listed.screen, ProviderEditorScreen))
    await fill_in(listed, name="server")
    assert text_of(listed, "#name-note") == "There is a provider server already. Choose another name."
    await fill_in(listed, name="lab")
    await listed.press("ctrl+s")
    await listed.until(lambda: isinstance(listed.screen, ProvidersScreen))
    assert any("lab" in row for row in rows(listed))
    assert "[providers.lab]" in program.config.read_text()


async def test_demo_has_nothing_to_edit(listed: RunningApp) -> None:
    await go_to(listed, "demo")
    await listed.press("enter")
    assert text_of(listed, "#results") == "demo is a demo server: there is nothing to edit."
    assert isinstance(listed.screen, ProvidersScreen)


async def test_file_that_cannot_be_written_is_reported(program: Program, listed: RunningApp) -> None:
    program.config.unlink()
    program.config.mkdir()
    await go_to(listed, "gateway")
    await listed.press("alt+o")
    await listed.until(lambda: "Cannot read the config file" in text_of(listed, "#results"))


async def test_list_leads_to_the_search_and_back_to_the_form(listed: RunningApp) -> None:
    await listed.press("alt+a")
    await listed.until(lambda: isinstance(listed.screen, ProviderEditorScreen))
    await listed.press("escape")
    await listed.until(lambda: isinstance(listed.screen, ProvidersScreen))
    await listed.press("alt+f")
    await listed.until(lambda: isinstance(listed.screen, FindServersScreen))


# The form.


async def test_provider_is_added_by_preset_and_address(
    program: Program, listed: RunningApp, start_server: StartServer
) -> None:
    vllm = await start_server(serving(VLLM))
    await listed.press("alt+a")
    await listed.until(lambda: isinstance(listed.screen, ProviderEditorScreen))
    await listed.press("right", "right", "right", "right")
    await listed.until(lambda: listed.screen.query_one("#address", Input).value == "http://127.0.0.1:8000/v1")
    assert listed.screen.query_one("#name", Input).value == "vllm"
    assert text_of(listed, "#about") == "with or without /v1 · on this machine"

    await fill_in(listed, address=vllm.url)
    await listed.press("f5")
    await listed.until(lambda: "1 model" in text_of(listed, "#results"))
    assert "vLLM 0.32.0" in text_of(listed, "#results")
    await listed.press("ctrl+s")
    await listed.until(lambda: isinstance(listed.screen, ProvidersScreen))

    assert program.config.read_text().endswith(f'\n[providers.vllm]\ntype = "openai"\nbase_url = "{vllm.url}"\n')
    # Whether it can be reached is shown as soon as it is known.
    await listed.until(lambda: any(row.startswith("● vllm") for row in rows(listed)))
    highlighted = listed.screen.query_one(OptionList).highlighted
    assert highlighted is not None
    assert listed.screen.query_one(OptionList).get_option_at_index(highlighted).id == "vllm"


async def test_changed_address_is_used_by_the_open_conversation(
    program: Program, listed: RunningApp, demo: DemoServer
) -> None:
    await go_to(listed, "server")
    await listed.press("enter")
    await listed.until(lambda: isinstance(listed.screen, ProviderEditorScreen))
    assert listed.screen.query_one("#address", Input).value == demo.url
    assert listed.screen.query_one("#address", Input).has_focus
    await fill_in(listed, address="http://127.0.0.1:9")
    await listed.press("ctrl+s")
    await listed.until(lambda: isinstance(listed.screen, ProvidersScreen))
    await listed.press("escape")
    await listed.ask_and_wait("hello")
    failure = listed.session.conversation.path[-1].failure
    assert failure is not None
    assert "http://127.0.0.1:9" in failure.message


async def test_key_in_the_file_is_never_shown(program: Program, listed: RunningApp) -> None:
    await go_to(listed, "gateway")
    await listed.press("enter")
    await listed.until(lambda: isinstance(listed.screen, ProviderEditorScreen))
    key = listed.screen.query_one("#key", Input)
    assert (key.value, key.password) == ("", True)
    assert "stays as it is" in key.placeholder

    await fill_in(listed, key="sk-new")
    assert "sk-new" not in listed.app.export_screenshot()
    await listed.press("ctrl+s")
    await listed.until(lambda: isinstance(listed.screen, ProvidersScreen))
    assert 'api_key = "sk-new"' in program.config.read_text()


async def test_another_source_of_the_key_empties_its_field(listed: RunningApp) -> None:
    await go_to(listed, "gateway")
    await listed.press("enter")
    await listed.until(lambda: isinstance(listed.screen, ProviderEditorScreen))
    await fill_in(listed, key="sk-typed")
    listed.screen.query_one("#source", ChoiceRow).focus()
    await listed.press("left", "left")
    key = listed.screen.query_one("#key", Input)
    assert (key.value, key.password) == ("", False)
    assert "environment variable" in key.placeholder
    await listed.press("left")
    assert not listed.screen.query_one("#key-row").display


@pytest.mark.parametrize(
    ("texts", "field", "message"),
    [
        ({"name": "server", "address": "http://127.0.0.1:1"}, "name", "There is a provider server already."),
        ({"name": "x"}, "address", "Give the address of the server."),
        ({"name": "x", "address": "http://a b"}, "address", "This must be an address such as"),
        ({"name": "x", "address": "http://a", "certificate": "a\x01"}, "certificate", "This must be true, false or"),
    ],
)
async def test_invalid_field_gets_the_focus_and_says_why(
    program: Program, listed: RunningApp, texts: dict[str, Any], field: str, message: str
) -> None:
    before = program.config.read_text()
    await listed.press("alt+a")
    await listed.until(lambda: isinstance(listed.screen, ProviderEditorScreen))
    await fill_in(listed, **texts)
    await listed.press("ctrl+s")
    await listed.until(lambda: message in text_of(listed, "#results"))
    assert listed.screen.query_one(f"#{field}").has_focus
    if field != "name":
        # The name of a provider plays no part in testing it.
        await listed.press("f5")
        await listed.until(lambda: message in text_of(listed, "#results"))
    assert program.config.read_text() == before


async def test_unsaved_changes_need_a_second_escape(listed: RunningApp) -> None:
    await listed.press("alt+a")
    await listed.until(lambda: isinstance(listed.screen, ProviderEditorScreen))
    await listed.press("right", "escape")
    assert "Unsaved changes" in text_of(listed, "#results")
    assert isinstance(listed.screen, ProviderEditorScreen)
    await listed.press("escape")
    await listed.until(lambda: isinstance(listed.screen, ProvidersScreen))


async def test_result_of_a_test_goes_when_the_form_changes(listed: RunningApp, start_server: StartServer) -> None:
    ollama, hanging = await start_server(serving(OLLAMA)), await start_server(hangs)
    await listed.press("alt+a")
    await listed.until(lambda: isinstance(listed.screen, ProviderEditorScreen))
    await fill_in(listed, name="x", address=ollama.url)
    await listed.press("f5")
    await listed.until(lambda: "This is Ollama" in text_of(listed, "#results"))
    await fill_in(listed, address=hanging.url)
    assert text_of(listed, "#results") == ""

    # A test that hangs is stopped by the next one.
    await listed.press("f5")
    await hanging.wait_for_requests(1)
    assert text_of(listed, "#results") == "testing…"
    await fill_in(listed, address=ollama.url)
    await listed.press("f5")
    await listed.until(lambda: "This is Ollama" in text_of(listed, "#results"))
    await hanging.wait_until_disconnected()


async def test_text_is_typed_behind_what_a_preset_filled_in(listed: RunningApp) -> None:
    await listed.press("alt+a")
    await listed.until(lambda: isinstance(listed.screen, ProviderEditorScreen))
    name = listed.screen.query_one("#name", Input)
    # From a shorter name to a longer one.
    for _ in range(6):
        await listed.press("right")
    await listed.until(lambda: name.value == "localai")
    await listed.press("down")
    await listed.type("-2")
    await listed.until(lambda: name.value == "localai-2")


@pytest.mark.parametrize("preset", [0, 7], ids=["without a key", "with a key"])
async def test_down_visits_the_rows_in_their_order_on_screen(listed: RunningApp, preset: int) -> None:
    await listed.press("alt+a")
    await listed.until(lambda: isinstance(listed.screen, ProviderEditorScreen))
    await listed.press(*["right"] * (preset + 1))
    visited: list[tuple[int, str | None]] = []
    while (field := listed.screen.focused) is not None and (not visited or field.id != "presets"):
        visited.append((field.region.y, field.id))
        await listed.press("down")
    key = ["key"] if listed.screen.query_one("#key-row").display else []
    assert [id_ for _, id_ in visited] == ["presets", "name", "type", "address", "source", *key, "model", "certificate"]
    assert visited == sorted(visited, key=lambda each: each[0])


async def test_fields_and_choices_of_the_form_take_clicks(listed: RunningApp) -> None:
    await listed.press("alt+a")
    await listed.until(lambda: isinstance(listed.screen, ProviderEditorScreen))
    await listed.pilot.click("#model", offset=(2, 0))
    assert listed.screen.focused is listed.screen.query_one("#model")
    source = listed.screen.query_one("#source", ChoiceRow)
    await listed.pilot.click("#source", offset=(8, 0))
    await listed.until(lambda: source.chosen == 1)
    assert listed.screen.query_one("#key-row").display
    assert "variable" in listed.screen.query_one("#key", Input).placeholder


async def test_preset_is_chosen_by_mouse(listed: RunningApp) -> None:
    await listed.press("alt+a")
    await listed.until(lambda: isinstance(listed.screen, ProviderEditorScreen))
    # On the second line.
    await listed.pilot.click("#presets", offset=(2, 1))
    await listed.until(lambda: listed.screen.query_one("#name", Input).value == "openrouter")
    assert listed.screen.query_one("#key", Input).value == "OPENROUTER_API_KEY"
    assert text_of(listed, "#about") == "with or without /v1 · what you send leaves your network"


@pytest.mark.parametrize("command", ["/providers", "/servers", "form"])
async def test_dialogs_survive_tiny_windows(
    program: Program, demo: DemoServer, start_app: StartApp, look_at: LookAt, command: str
) -> None:
    program.use_server(demo.url)
    look_at()
    app = await start_app()
    await app.type("/providers" if command == "form" else command)
    await app.press("enter")
    await app.until(lambda: app.screen is not app.chat)
    if command == "form":
        await app.press("alt+a", "right", "f5")
    for size in ((60, 16), (30, 10), (12, 6), (4, 3), (1, 1), (80, 24)):
        await app.pilot.resize_terminal(*size)
        await app.pilot.pause(0.02)
        assert app.app._exception is None, size
