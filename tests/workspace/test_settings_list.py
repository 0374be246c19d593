"""The settings in words."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.config import key_types
from tui.config.load import COMMAND_LINE, DEFAULT, FILE
from tui.config.rules import Rule
from tui.config.sections import rules_of, subsection
from tui.config.settings import DEFAULTS, Settings
from tui.config.tables import leaves
from tui.config.toml_text import dotted
from tui.workspace.command import Command
from tui.workspace.commands import COMMANDS
from tui.workspace.settings_list import Setting, all_settings, settings_of

BY_KEY = {each.key: each for each in all_settings()}


def test_every_key_outside_providers_and_tool_servers_is_listed() -> None:
    keys = {dotted(path) for path, _ in leaves(DEFAULTS)}
    commands = {f"keys.{command.name}" for command in COMMANDS if command.keys}
    assert set(BY_KEY) == keys | commands


def test_names_are_unique_within_their_group() -> None:
    named = [(each.group, each.title) for each in all_settings() if not each.command]
    assert len(set(named)) == len(named)


def test_groups_stand_together_and_look_comes_first() -> None:
    groups = [each.group for each in all_settings()]
    runs = [group for at, group in enumerate(groups) if not at or groups[at - 1] != group]
    assert runs == ["Look", "Chat", "Tools", "Timeouts", "Buffers", "Retry", "Keys"]


@dataclass
class Section:
    depth: int = field(default=1, metadata=key_types.integer("How deep.", 1, 9, "levels"))


@dataclass
class Other:
    """A config with keys that the screen knows nothing of."""

    reading_speed: float = field(default=2.0, metadata=key_types.number("How fast.", 1, 9, "words"))
    well: Section = field(default_factory=Section, metadata=subsection(Section, "A section."))


def test_new_key_appears_with_a_name_and_a_group() -> None:
    listed = settings_of(Rule(about="", allowed="", types=(dict,), fields=rules_of(Other)))
    assert [(each.key, each.title, each.group) for each in listed] == [
        ("reading_speed", "Reading speed", "General"),
        ("well.depth", "Depth", "Well"),
    ]


@pytest.mark.parametrize(
    ("key", "value", "words", "typed"),
    [
        ("timeouts.idle", 60.0, "60 seconds", "60"),
        ("timeouts.idle", 1.0, "1 second", "1"),
        ("timeouts.idle", 0.25, "0.25 seconds", "0.25"),
        ("timeouts.total", 0.0, "no limit", "0"),
        ("retry.attempts", 1, "1 try", "1"),
        ("buffers.read_bytes", 65536, "65,536 bytes", "65536"),
        ("buffers.flush_hz", 30.0, "30 updates a second", "30"),
        ("text_width", 0, "all there are", "0"),
        ("retry.statuses", [408, 425], "408, 425", "408, 425"),
        ("retry.statuses", [], "none", ""),
        ("motion", True, "on", "True"),
        ("provider", "", "the first that answers", ""),
        ("theme", "nord", "nord", "nord"),
        ("keys.send", "ctrl+enter,enter", "Ctrl+Enter, Enter", "ctrl+enter,enter"),
        ("keys.send", "", "no key", ""),
    ],
)
def test_values_are_written_for_people(key: str, value: object, words: str, typed: str) -> None:
    assert BY_KEY[key].words(value) == words
    assert BY_KEY[key].edited(value) == typed


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("timeouts.idle", " 12 ", 12),
        ("timeouts.idle", "0.5", 0.5),
        ("timeouts.idle", "soon", "soon"),
        ("timeouts.idle", "[" * 100_000, "[" * 100_000),
        ("timeouts.idle", "9" * 5_000, "9" * 5_000),
        ("retry.statuses", "500", [500]),
        ("retry.statuses", "[500, 502]", [500, 502]),
        ("retry.statuses", "", []),
        ("theme", " 12 ", " 12 "),
    ],
)
def test_typed_text_becomes_a_value(key: str, text: str, value: object) -> None:
    assert BY_KEY[key].read(text) == value


@given(st.sampled_from([each for each in all_settings() if type(each.default) in (int, float, list, str)]))
def test_what_is_shown_for_editing_is_read_back(setting: Setting) -> None:
    assert setting.read(setting.edited(setting.default)) == setting.default


@pytest.mark.parametrize(
    ("origins", "word"),
    [
        ({}, "default"),
        ({"theme": DEFAULT}, "default"),
        ({"theme": FILE}, "yours"),
        ({"theme": COMMAND_LINE}, "command line"),
        ({"theme": "environment LLM_TUI_THEME"}, "$LLM_TUI_THEME"),
    ],
)
def test_origin_is_a_word(origins: dict[str, str], word: str) -> None:
    assert BY_KEY["theme"].origin(origins) == word


def test_older_name_of_a_command_is_known_and_removed() -> None:
    setting = BY_KEY["keys.edit_conversation_settings"]
    assert setting.value(Settings(keys={"choose_how": "f12"})) == "f12"
    assert setting.origin({"keys.choose_how": FILE}) == "yours"
    assert setting.changes("f11") == {"keys.edit_conversation_settings": "f11", "keys.choose_how": None}
    assert BY_KEY["theme"].changes("nord") == {"theme": "nord"}


@pytest.mark.parametrize("command", [command for command in COMMANDS if command.keys], ids=lambda each: each.name)
def test_default_of_a_key_is_that_of_its_command(command: Command) -> None:
    assert BY_KEY[f"keys.{command.name}"].default == command.keys
