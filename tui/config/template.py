"""The template that `llm-tui config init` writes: every key, commented out, with its default, unit and range."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from tui.config import files
from tui.config.rules import Rule
from tui.config.sections import defaults_of, rules_of
from tui.config.settings import BUILT_IN, SECTIONS, ProviderSettings, Settings
from tui.config.toml_text import dotted, toml_value
from tui.config.tool_settings import ToolServerSettings, ToolSettings

_WIDTH: Final = 100

_HEAD: Final = """\
# Configuration of llm-tui. Every key is optional; a key after a # shows its default or an example.
# Remove the # to set a key. Times are in seconds. `llm-tui config show` prints the effective settings.

"""

_GATEWAY: Final = """\

# Any OpenAI-compatible server, with a name of your choice. All keys of [providers.ollama] are allowed.
#[providers.my-gateway]
#type = "openai"
#base_url = "https://example.org/v1"
#api_key_env = "MY_GATEWAY_KEY"
"""


_REMOTE_ONLY: Final = ("url", "headers")
"""The keys of a tool server over HTTP; the template shows the other keys with a program on this machine."""


def init_config(path: Path) -> None:
    """Write the template.

    Raises:
        ConfigError: If the file exists already, or cannot be written.
    """
    files.create(path, template_text().encode())


def template_text() -> str:
    """The template. It can be loaded without a warning, with and without the # before its keys."""
    return _HEAD + "\n".join(_lines()) + "\n" + _GATEWAY + "\n".join(_tool_server_lines()) + "\n"


def _lines() -> Iterator[str]:
    rules = rules_of(Settings)
    for name, default in defaults_of(Settings).items():
        yield from _key(name, rules[name], default)
    for name, section in SECTIONS.items():
        yield from _header(name, rules[name].about)
        yield from _keys(rules_of(section), defaults_of(section))
    yield from _header("tools", rules["tools"].about)
    yield from _keys(rules_of(ToolSettings), defaults_of(ToolSettings))
    yield from _header("keys", rules["keys"].about)
    yield from _values(rules["keys"].example)
    for number, (name, table) in enumerate(BUILT_IN.items()):
        yield from _header(f"providers.{name}", "" if number else rules["providers"].about)
        if number:
            yield from _values(table)
        else:
            yield from _keys(rules_of(ProviderSettings), {**defaults_of(ProviderSettings), **table})


def _tool_server_lines() -> Iterator[str]:
    """Two tool servers. Their headers are commented out, because a server must have either a command or a url."""
    rules = rules_of(ToolServerSettings)
    examples = {name: default for name, default in defaults_of(ToolServerSettings).items() if default}
    yield from ("", f"# {rules_of(Settings)['mcp'].about}", "#[mcp.files]")
    yield from _keys({name: rule for name, rule in rules.items() if name not in _REMOTE_ONLY}, examples)
    yield from ("", "# A tool server over HTTP.", "#[mcp.search]")
    yield from _keys({name: rules[name] for name in _REMOTE_ONLY}, {"url": "http://127.0.0.1:9000/mcp"})


def _header(name: str, about: str) -> Iterator[str]:
    yield ""
    if about:
        yield f"# {about}"
    yield f"[{name}]"


def _keys(rules: Mapping[str, Rule], defaults: Mapping[str, Any]) -> Iterator[str]:
    for name, rule in rules.items():
        yield from _key(name, rule, defaults.get(name))


def _key(name: str, rule: Rule, default: Any) -> Iterator[str]:
    sentence = f"{rule.about} {rule.allowed[0].upper()}{rule.allowed[1:]}."
    yield from textwrap.wrap(sentence, _WIDTH, initial_indent="# ", subsequent_indent="# ", break_on_hyphens=False)
    yield from _values({name: rule.example if default is None else default})


def _values(table: Any) -> Iterator[str]:
    yield from (f"#{dotted((name,))} = {toml_value(value)}" for name, value in table.items())
