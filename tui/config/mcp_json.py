"""Imports the tool servers of another program: Claude Desktop's and LM Studio's `mcp.json`, as changes of the config.

The file is `{"mcpServers": {NAME: {"command": str, "args": [str], "env": {}}}}`, or with `"url"` and `"headers"` for a
server over HTTP. Sources: https://modelcontextprotocol.io/docs/develop/connect-local-servers and
https://lmstudio.ai/docs/app/plugins/mcp
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import field
from pathlib import Path
from typing import Any, Final

from tui.config.bounded_read import TooLarge, read_bounded
from tui.config.rules import InvalidValue, Rule, format_value, validate
from tui.config.settings import rule_for
from tui.config.toml_text import dotted, printable
from tui.config.tool_settings import is_server_name
from tui.errors import UsageError
from tui.lazy_pattern import lazy_pattern
from tui.light_dataclass import dataclass

_MAX_BYTES: Final = 2**20
_VARIABLE: Final = lazy_pattern(r"\$\{[^{}]*\}")
_NOT_IN_NAMES: Final = lazy_pattern(r"[^A-Za-z0-9_-]+")
_MAX_NAME: Final = 64

_LOCAL: Final = frozenset({"stdio"})
_REMOTE: Final = frozenset({"http", "streamable-http", "streamableHttp", "streamable_http"})
_KNOWN: Final = frozenset({"command", "args", "env", "url", "headers", "type", "transport", "disabled", "enabled"})
_APPROVALS: Final = frozenset({"alwaysAllow", "autoApprove"})


@dataclass(frozen=True, slots=True)
class ImportedToolServers:
    """The tool servers of a file, as changes of the config, and what could not be imported."""

    servers: tuple[str, ...]
    """The names of the servers that the changes add."""

    changes: Mapping[str, object] = field(repr=False)
    """New values by dotted key, for `save_changes`. They may contain secrets."""

    notes: tuple[str, ...]
    """What was left out or changed, and why: one sentence each, without secrets and control characters."""


def read_mcp_json(path: Path, existing: Collection[str] = ()) -> ImportedToolServers:
    """Read the tool servers of a file.

    Args:
        path: The file.
        existing: The names of the tool servers in the config. They are not replaced.

    Raises:
        UsageError: If the file cannot be read, or lists no servers.
    """
    name = printable(str(path))
    try:
        text = read_bounded(path, _MAX_BYTES).decode("utf-8-sig")
    except TooLarge as cause:
        raise UsageError(f"{name} is larger than {_MAX_BYTES // 2**20} MiB.", hint="Choose an mcp.json.") from cause
    except UnicodeDecodeError as cause:
        raise UsageError(f"{name} is not valid UTF-8.", hint="Choose an mcp.json.") from cause
    except (OSError, ValueError) as cause:
        reason = cause.strerror if isinstance(cause, OSError) else cause
        raise UsageError(f"Cannot read {name}: {reason}.", hint="Check the path.") from cause
    return parse_mcp_json(text, name, existing)


def parse_mcp_json(text: str, source: str, existing: Collection[str] = ()) -> ImportedToolServers:
    """The tool servers in the text of a file. Pure.

    Args:
        text: The content of the file.
        source: The name of the file, for error messages.
        existing: The names of the tool servers in the config. They are not replaced.

    Raises:
        UsageError: If the text is not JSON, or lists no servers.
    """
    try:
        data = json.loads(text)
    except RecursionError as cause:
        raise UsageError(f"{source} is nested too deeply.", hint="Choose an mcp.json.") from cause
    except ValueError as cause:
        where = f" (line {cause.lineno})" if isinstance(cause, json.JSONDecodeError) else ""
        raise UsageError(f"{source} is not valid JSON{where}.", hint="Correct the file.") from cause
    tables = data.get("mcpServers") if isinstance(data, dict) else None
    if not isinstance(tables, dict) or not tables:
        raise UsageError(f"{source} lists no tool servers.", hint='It needs an object "mcpServers" with servers in it.')
    servers: list[str] = []
    changes: dict[str, object] = {}
    notes: list[str] = []
    for original, table in tables.items():
        name = _server_name(original)
        label = printable(original)
        if not name:
            notes.append(f"{format_value(original)} was not imported: its name has no letters or digits.")
        elif name in existing or name in servers:
            notes.append(f"{label} was not imported: the config already has a tool server {name}.")
        elif not isinstance(table, dict):
            notes.append(f"{label} was not imported: it is not an object.")
        else:
            imported = _Server(label, name, table)
            notes.extend(imported.notes)
            if imported.values:
                servers.append(name)
                changes.update({dotted(("mcp", name, key)): value for key, value in imported.values.items()})
    return ImportedToolServers(tuple(servers), changes, tuple(notes))


def _server_name(original: str) -> str:
    """The name in the config. Empty if nothing of the original can be kept."""
    if is_server_name(original):
        return original
    return _NOT_IN_NAMES.sub("-", original).strip("-")[:_MAX_NAME]


class _Server:
    """The values of one server for the config, and notes about the rest of its table."""

    def __init__(self, label: str, name: str, table: Mapping[str, Any]) -> None:
        """Args:
        label: The server's name in the file, safe to print.
        name: The server's name in the config.
        table: The server's object.
        """
        self._label = label
        self.notes: list[str] = []
        self.values: dict[str, object] = {}
        """The values by key. Empty if the server cannot be imported."""
        reason = self._reason_against(table)
        values = {} if reason else self._values(table)
        if not reason:
            problems = validate(_rule_of_servers(), {name: values}, ("mcp",))
            reason = next((problem.message for problem in problems if isinstance(problem, InvalidValue)), "")
        if reason:
            self.notes = [f"{label} was not imported: {reason}"]
            return
        self.values = values
        if name != label:
            self.notes.insert(0, f"{label} was imported as {name}: names have only letters, digits, - and _.")

    def _reason_against(self, table: Mapping[str, Any]) -> str:
        """Why the server cannot be imported, as the rest of a sentence. Empty if it can be."""
        command, url, kind = table.get("command"), table.get("url"), table.get("type", table.get("transport"))
        if bool(command) == bool(url):
            return "it must have either a command or a url."
        if kind is not None and kind not in (_LOCAL if command else _REMOTE):
            return f"its type {format_value(kind) if isinstance(kind, str) else ''} is not supported."
        arguments = table.get("args", [])
        if not isinstance(arguments, list):
            return "args is not an array."
        for text in (command, url, *arguments):
            if isinstance(text, str) and (found := _VARIABLE.search(text)):
                return f"it uses the variable {_name_of(found)}. Replace it with its value."
        return ""

    def _values(self, table: Mapping[str, Any]) -> dict[str, object]:
        values: dict[str, object] = {}
        if table.get("command"):
            values["command"] = [table["command"], *table.get("args", [])]
            secrets, unused = "env", "headers"
        else:
            values["url"] = table["url"]
            secrets, unused = "headers", "env"
        texts = table.get(secrets) or {}
        values |= self._without_variables(secrets, texts)
        if table.get("disabled") is True or table.get("enabled") is False:
            values["enabled"] = False
        self.notes.extend(self._notes_about_rest(table, unused))
        return values

    def _without_variables(self, key: str, texts: object) -> dict[str, object]:
        """The environment or the headers, without the texts in which another program would replace variables."""
        if not isinstance(texts, dict):
            return {key: texts}
        kept = {}
        disabled = {}
        for name, text in texts.items():
            if isinstance(text, str) and (found := _VARIABLE.search(text)):
                disabled = {"enabled": False}
                self.notes.append(
                    f"{self._label} is disabled, without {key}.{printable(name)}: it uses the variable "
                    f"{_name_of(found)}. Add its value to the config, and enable the server."
                )
            else:
                kept[name] = text
        return {**({key: kept} if kept else {}), **disabled}

    def _notes_about_rest(self, table: Mapping[str, Any], unused: str) -> Iterator[str]:
        for key in table:
            if key in _APPROVALS:
                yield f"{self._label}: {key} was not imported. Tools that run without asking are chosen here."
            elif (key == unused and table[key]) or key not in _KNOWN:
                yield f"{self._label}: {printable(key)} was not imported."


def _name_of(variable: re.Match[str]) -> str:
    """A variable without its default, which may be a secret: `${TOKEN}` for `${TOKEN:-abc}`."""
    name, has_default, _ = variable[0].partition(":-")
    return printable(f"{name}}}" if has_default else name)


def _rule_of_servers() -> Rule:
    rule = rule_for(("mcp",))
    assert rule is not None
    return rule
