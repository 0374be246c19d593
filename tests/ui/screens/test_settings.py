"""SettingsScreen: every setting is found, changed, written to the file and in effect."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final, cast

import pytest
from textual import events
from textual.widgets import Input, OptionList, Static

from tests.program import Program
from tests.ui.running import RunningApp, StartApp
from tui.config.tables import drop_empty, value_at
from tui.demo.server import DemoServer
from tui.providers.http import HTTPProvider
from tui.providers.options import ProviderOptions
from tui.session.tool_box import Approver
from tui.ui.ascii import AsciiFilter
from tui.ui.screens.choice_picker import ChoicePicker
from tui.ui.screens.key_capture import KeyCapture
from tui.ui.screens.model_picker import ModelPicker
from tui.ui.screens.providers import ProvidersScreen
from tui.ui.screens.question import QuestionScreen
from tui.ui.screens.settings import SettingsScreen
from tui.ui.screens.text_form import TextForm
from tui.ui.text_column import GUTTER
from tui.ui.widgets.group_nav import GroupNav
from tui.workspace.commands import BY_NAME
from tui.workspace.settings_list import Setting, all_settings

COMMENTED: Final = """\
# first line
no_such_key = "unknown"
[timeouts] # own values
idle = 30.0 # not longer
connect = 3 # local
"""

FREE_KEYS: Final = ("f13", "f14", "f15", "f16", "ctrl+f13")
"""Keys that no command has: one for each place where keys work."""

SEEN: Final[Mapping[str, Callable[[RunningApp], object]]] = {
    "theme": lambda app: app.app.theme,
    "text_width": lambda app: app.log._column.width - GUTTER,
    "sidebar_width": lambda app: app.sidebar.size.width,
    "motion": lambda app: app.log.turns.has_motion,
    "editing": lambda app: "readline" if app.prompt.mode is None else "vi",
    "ascii": lambda app: any(isinstance(each, AsciiFilter) for each in app.app._filter_chain.filters),
    "terminal_updates": lambda app: "full" if app.app._frames is None or app.app._frames._is_full else
    "scroll" if app.app._frames._differ.scrolls else "cells",
}  # fmt: skip
"""What is seen of the settings that change the screen. Of the others, requests and commands read the value in use."""


@pytest.fixture
async def settings(app: RunningApp) -> RunningApp:
    """The app with the settings open, connected to the demo server."""
    await app.press("f2")
    return app


def screen(app: RunningApp) -> SettingsScreen:
    found = app.screen
    assert isinstance(found, SettingsScreen)
    return found


def says(app: RunningApp, selector: str, text: str) -> bool:
    """Whether a part of the dialog contains a text."""
    return text in str(app.screen.query_one(selector, Static).content)


def is_in_use(app: RunningApp, setting: Setting, value: object) -> bool:
    return bool(setting.value(app.runtime.settings) == value)


def row(app: RunningApp) -> str:
    """The row at the cursor."""
    option = screen(app).query_one(OptionList).highlighted_option
    assert option is not None
    return " ".join(str(option.prompt).split())


async def find(app: RunningApp, words: str) -> None:
    """Put the cursor on a setting by typing words."""
    field = screen(app).query_one("FilterField > Input", Input)
    field.clear()
    app.app.post_message(events.Paste(words))
    await app._input_handled()
    await app.until(lambda: field.value == words)


async def write(app: RunningApp, text: str) -> None:
    """Replace the value in the field."""
    await app.press("ctrl+u")
    app.app.post_message(events.Paste(text))
    await app._input_handled()


async def change(app: RunningApp, setting: Setting, free_key: str) -> object:
    """Change the setting at the cursor to another value, as a user does; returns that value."""
    value = setting.value(app.runtime.settings)
    if setting.command:
        await app.press("enter")
        await app.until(lambda: isinstance(app.screen, KeyCapture))
        await app.press(free_key)
        return free_key
    if setting.choices:
        await app.press("right")
        return setting.choices[(setting.choices.index(value) + 1) % len(setting.choices)]
    await app.press("enter")
    if setting.key in ("theme", "provider"):
        await app.until(lambda: isinstance(app.screen, ChoicePicker))
        name = {"theme": "nord", "provider": "demo"}[setting.key]
        await app.type(name)
        await app.press("enter")
        return name
    if setting.rule.types == (list,):
        await write(app, "500, 503")
        await app.press("enter")
        return [500, 503]
    assert setting.rule.maximum is not None
    wanted = value + 1 if value + 1 <= setting.rule.maximum else value - 1
    await write(app, setting.edited(wanted))
    await app.press("enter")
    return wanted


def settings_to_change() -> list[Setting]:
    """All settings, but of the keys only one for each place. `test_settings_editor` changes all keys."""
    one_of_each = {BY_NAME[each.command].place: each for each in reversed(all_settings()) if each.command}
    return [each for each in all_settings() if not each.command or each in one_of_each.values()]


async def seen(app: RunningApp, key: str, wanted: object) -> object:
    """What is seen of a setting, as soon as it is what is wanted."""
    for _ in range(500):
        if SEEN[key](app) == wanted:
            break
        await app.pilot.pause(0.01)
    return SEEN[key](app)


def provider_options(app: RunningApp) -> ProviderOptions:
    """How the provider of the current conversation connects."""
    provider = app.session.provider
    assert isinstance(provider, HTTPProvider)
    return provider.options


def in_use(app: RunningApp, key: str) -> object:
    """The value that the current conversation uses, of the settings that are copied when they are changed."""
    table, _, name = key.partition(".")
    options = provider_options(app)
    match table, name:
        case "timeouts", _:
            return getattr(options.limits, name)
        case "retry", "statuses":
            return list(options.retry.statuses)
        case "retry", _:
            return getattr(options.retry, name)
        case "buffers", "read_bytes" | "max_event_bytes":
            return getattr(options, name)
        case "buffers", _:
            return getattr(app.runtime.buffers_for("server"), name)
        case _:
            return app.runtime.tools((), cast(Approver, None)).max_rounds


COPIED: Final = ("timeouts.", "retry.", "buffers.", "tools.max_rounds")
"""How the keys of those settings begin."""

READ_WHEN_NEEDED: Final = frozenset(
    {"provider", "images", "confirm_quit", "keep_days", "notify", "model_titles", "tools.timeout"}
)
"""Settings that are read from the settings in use whenever they are needed."""


def test_effect_of_every_setting_is_checked() -> None:
    keys = {each.key for each in all_settings() if not each.command and not each.key.startswith(COPIED)}
    assert keys == SEEN.keys() | READ_WHEN_NEEDED


async def test_every_setting_is_changed_in_the_file_and_in_effect(
    program: Program, demo: DemoServer, start_app: StartApp
) -> None:
    program.configure(
        f'provider = "server"\ntext_width = 60\n{COMMENTED}\n'
        f'[providers.server]\ntype = "ollama"\nbase_url = "{demo.url}"\n'
    )
    app = await start_app(model="echo", size=(120, 30))
    await app.press("f2")
    free_keys = iter(FREE_KEYS)
    changed: dict[str, object] = {}
    for setting in settings_to_change():
        await find(app, setting.key)
        assert setting.title[:20] in row(app)
        value = await change(app, setting, next(free_keys) if setting.command else "")
        await app.until(partial(is_in_use, app, setting, value))
        await app.until(lambda: isinstance(app.screen, SettingsScreen) and row(app).endswith("yours"))
        if setting.key in SEEN:
            assert await seen(app, setting.key, value) == value, setting.key
        if setting.key.startswith(COPIED):
            await app.until(lambda key=setting.key, value=value: in_use(app, key) == value)  # type: ignore[misc]
        if setting.command:
            assert app.workspace.keys.of(setting.command) == value
            assert app.app._keys.of(setting.command) == value
        changed[setting.key] = value
    await app.press("escape", "escape")
    # The first command that works anywhere.
    assert "keys.cancel_stream" in changed
    await app.press("tab", str(changed["keys.cancel_stream"]))
    assert app.prompt.has_focus
    await app.close()
    text = program.config.read_text()
    data = tomllib.loads(text)
    assert {each.key: value_at(data, each.path) for each in settings_to_change()} == changed
    for line in ("# first line", 'no_such_key = "unknown"', "[timeouts] # own values", "idle = 31 # not longer"):
        assert line in text


async def test_reason_stands_beside_an_invalid_value_which_is_not_saved(settings: RunningApp, program: Program) -> None:
    before = program.config.read_text()
    await find(settings, "retry.backoff_max")
    await settings.press("enter")
    for typed, reason in (
        ("soon", "It must be a number of seconds from 0 to 600"),
        ("601", "It must be a number of seconds from 0 to 600"),
        ("0", "it must be at least backoff_initial, which is 0.01"),
    ):
        await write(settings, typed)
        await settings.until(partial(says, settings, "#reason", reason))
        await settings.press("enter")
        assert screen(settings).query_one("#value").has_focus
    await settings.press("escape")
    assert row(settings).endswith("0.01 seconds yours")
    await settings.press("escape", "escape")
    await settings.until(lambda: settings.screen is settings.chat)
    assert program.config.read_text() == before


async def test_value_typed_together_with_enter_is_saved(settings: RunningApp) -> None:
    await find(settings, "timeouts.idle")
    for key in ("enter", "ctrl+u", "1", "7", "enter"):
        settings.app.post_message(events.Key(key, key if len(key) == 1 else None))
    await settings.until(lambda: settings.runtime.settings.timeouts.idle == 17)


async def test_space_switches_and_reset_returns_to_the_default(settings: RunningApp, program: Program) -> None:
    await settings.press("tab")
    while "Titles by the model" not in row(settings):
        await settings.press("down")
    await settings.press("space")
    await settings.until(lambda: settings.runtime.settings.model_titles)
    assert row(settings) == "Titles by the model [x] on yours"
    await settings.press("alt+r")
    await settings.until(lambda: "model_titles" not in program.config.read_text())
    assert row(settings) == "Titles by the model [ ] off default"


async def test_reset_all_asks_and_keeps_providers(settings: RunningApp, program: Program) -> None:
    await find(settings, "reset all")
    await settings.press("enter")
    await settings.until(lambda: isinstance(settings.screen, QuestionScreen))
    await settings.press("escape")
    await settings.press("enter")
    await settings.until(lambda: isinstance(settings.screen, QuestionScreen))
    await settings.press("y")
    await settings.until(lambda: set(drop_empty(tomllib.loads(program.config.read_text()))) == {"providers"})
    assert "server" in settings.runtime.settings.providers


async def test_key_with_a_meaning_is_refused_and_says_whose_it_is(settings: RunningApp, program: Program) -> None:
    await find(settings, "keys.compare")
    await settings.press("enter")
    await settings.until(lambda: isinstance(settings.screen, KeyCapture))
    for key, reason in (
        ("ctrl+q", "'Quit' has it"),
        ("f2", "'Settings' has it"),
        ("x", "it is typed into the prompt"),
        ("ctrl+k", "it edits the prompt"),
    ):
        await settings.press(key)
        await settings.until(partial(says, settings, "#reason", reason))
    await settings.press("escape")
    assert "keys" not in tomllib.loads(program.config.read_text())
    await settings.press("enter")
    await settings.until(lambda: isinstance(settings.screen, KeyCapture))
    await settings.press("f9")
    await settings.until(lambda: isinstance(settings.screen, SettingsScreen))
    assert row(settings).endswith("F9 default")
    await settings.press("alt+a")
    await settings.until(lambda: isinstance(settings.screen, KeyCapture))
    await settings.press("f12")
    await settings.until(lambda: settings.workspace.keys.of("compare") == "f9,f12")


async def test_only_commands_that_need_no_key_are_left_without_one(settings: RunningApp, program: Program) -> None:
    await find(settings, "keys.send")
    await settings.press("alt+k")
    await settings.until(partial(says, settings, "#about", "This command needs a key"))
    assert row(settings).endswith("Enter default")
    await find(settings, "keys.compare")
    await settings.press("alt+k")
    await settings.until(lambda: row(settings).endswith("no key yours"))
    await settings.until(lambda: tomllib.loads(program.config.read_text())["keys"] == {"compare": ""})
    await settings.press("escape", "escape")
    await settings.until(lambda: settings.screen is settings.chat)
    await settings.press("f9")
    assert settings.screen is settings.chat
    assert settings.workspace.keys.press("compare") == "Type /compare"


async def test_system_prompt_is_written_in_a_form_and_sent(settings: RunningApp, program: Program) -> None:
    await find(settings, "system")
    assert row(settings).startswith("Chat: System prompt")
    await settings.press("enter")
    await settings.until(lambda: isinstance(settings.screen, TextForm))
    await settings.type("Be brief.")
    await settings.press("enter", "ctrl+s")
    await settings.until(lambda: row(settings).endswith("System prompt Be brief. yours"))
    await settings.until(lambda: settings.session.system_prompt == "Be brief.")
    data = tomllib.loads(program.config.read_text())
    assert data["providers"]["server"]["system_prompt"] == "Be brief."
    await settings.press("alt+r")
    await settings.until(lambda: settings.session.system_prompt == "")
    await settings.until(lambda: row(settings).endswith("System prompt none default"))


async def test_model_at_start_is_chosen_from_the_models(settings: RunningApp) -> None:
    await find(settings, "model at start")
    await settings.press("enter")
    await settings.until(lambda: isinstance(settings.screen, ModelPicker))
    await settings.type("lorem-10-5")
    await settings.until(lambda: settings.screen.query(Input))
    await settings.press("escape")
    await settings.until(lambda: isinstance(settings.screen, SettingsScreen))
    await settings.press("enter")
    await settings.until(lambda: isinstance(settings.screen, ModelPicker))
    await settings.type("echo")
    await settings.press("enter")
    await settings.until(lambda: settings.runtime.settings.providers["server"].model == "echo")
    await settings.until(lambda: row(settings).endswith("echo yours"))


async def test_dialogs_of_providers_open_from_the_settings(settings: RunningApp) -> None:
    await find(settings, "providers")
    while not row(settings).startswith("Providers: Providers"):
        await settings.press("down")
    await settings.press("enter")
    await settings.until(lambda: isinstance(settings.screen, ProvidersScreen))


async def test_broken_file_is_reported_and_left_alone(settings: RunningApp, program: Program) -> None:
    program.configure("not = toml = at all")
    await find(settings, "motion")
    await settings.press("right")
    await settings.until(lambda: says(settings, "#about", "config.toml:1: invalid TOML"))
    assert row(settings).endswith("[x] on default")
    assert program.config.read_text() == "not = toml = at all"
    await settings.press("escape", "escape")
    await settings.ask_and_wait("still here")
    assert settings.shows("◆ echo", "still here")


async def test_click_goes_to_a_group_and_small_screens_show_the_cursor(
    program: Program, demo: DemoServer, start_app: StartApp
) -> None:
    program.use_server(demo.url)
    app = await start_app(model="echo", size=(60, 16))
    await app.press("f2")
    nav = screen(app).query_one(GroupNav)
    groups = nav.groups
    assert {"Look", "Timeouts", "Retry", "Buffers", "Keys"} < set(groups)
    await app.pilot.click(GroupNav, offset=(1, 0))
    listed = screen(app).query_one(OptionList)
    for group in groups[1:]:
        await app.press("tab")
        assert nav.current == group
        assert listed.highlighted is not None
        await app.until(lambda: listed.scroll_y <= (listed.highlighted or 0) < listed.scroll_y + listed.size.height)
    await app.pilot.click(GroupNav, offset=(1, 0))
    await app.until(lambda: nav.current == groups[0])
