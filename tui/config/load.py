"""Loads the settings in layers: default < environment < file < command line. Records where each value comes from."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from tui.config.checks import conflicts, suggestion
from tui.config.document import Document, read_document
from tui.config.ollama_host import VARIABLE, parse_ollama_host
from tui.config.rules import InvalidValue, UnknownKey, validate
from tui.config.sections import build_section, defaults_of
from tui.config.settings import BUILT_IN, DEFAULTS, SECTIONS, SETTINGS, ProviderSettings, Settings, default_of
from tui.config.tables import Table, leaves, merge, value_at, with_value, without
from tui.config.toml_text import KeyPath, dotted, key_path, printable, toml_value
from tui.config.tool_settings import ToolServerSettings
from tui.errors import ConfigError
from tui.light_dataclass import dataclass

DEFAULT: Final = "default"
FILE: Final = "file"
ENVIRONMENT: Final = f"environment {VARIABLE}"
COMMAND_LINE: Final = "command line"

_OLLAMA_URL: Final = ("providers", "ollama", "base_url")


@dataclass(frozen=True, slots=True)
class LoadedSettings:
    """The settings, and where they come from."""

    settings: Settings

    origins: Mapping[str, str]
    """The origin of each value by dotted key: `default`, `file`, `environment OLLAMA_HOST` or `command line`.
    A provider's key such as `providers.ollama.timeouts.idle` is included only if it is set for that provider."""

    warnings: tuple[str, ...]
    """One warning for each unknown key, in the order of the file."""

    path: Path
    """The path of the config file, which may not exist."""

    exists: bool
    """Whether the file exists."""


def load(
    path: Path,
    environ: Mapping[str, str],
    overrides: Mapping[str, object] = {},
    *,
    must_exist: bool = False,
) -> LoadedSettings:
    """Load the effective settings.

    Args:
        path: The config file.
        environ: The environment variables.
        overrides: The values from the command line, by dotted key.
        must_exist: Whether a missing file is an error.

    Raises:
        ConfigError: If the file cannot be read, or a value is invalid.
    """
    return settings_from(read_document(path, must_exist=must_exist), environ, overrides)


def settings_from(
    document: Document, environ: Mapping[str, str], overrides: Mapping[str, object] = {}
) -> LoadedSettings:
    """The effective settings with a config file that has been read. Like `load`."""
    override_table: Table = {}
    for key, value in overrides.items():
        override_table = with_value(override_table, key_path(key), value)
    problems = list(validate(SETTINGS, document.data))
    invalid = [problem for problem in problems if isinstance(problem, InvalidValue)]
    invalid_overrides = [problem for problem in validate(SETTINGS, override_table) if isinstance(problem, InvalidValue)]
    invalid_keys = {problem.path for problem in (*invalid, *invalid_overrides)}
    layers: tuple[tuple[str, Mapping[str, Any]], ...] = (
        (DEFAULT, {"providers": BUILT_IN}),
        (ENVIRONMENT, _from_environment(environ, document.data, override_table)),
        (FILE, without(document.data, invalid_keys)),
        (COMMAND_LINE, without(override_table, invalid_keys)),
    )
    table: Table = {}
    for _, layer in layers:
        table = merge(table, layer)
    for conflict in conflicts(table, invalid_keys):
        (invalid if value_at(override_table, conflict.path) is None else invalid_overrides).append(conflict)
    _raise_first(document, invalid, invalid_overrides)
    settings = _settings(table)
    return LoadedSettings(
        settings=settings,
        origins=_origins(settings, layers),
        warnings=tuple(_warning(document, problem) for problem in problems if isinstance(problem, UnknownKey)),
        path=document.path,
        exists=document.exists,
    )


def _from_environment(environ: Mapping[str, str], *higher: Table) -> Table:
    """The values from the environment. It is not read, and so not checked, if a higher layer sets the value."""
    text = environ.get(VARIABLE, "")
    if not text.strip() or any(value_at(layer, _OLLAMA_URL) is not None for layer in higher):
        return {}
    return with_value({}, _OLLAMA_URL, parse_ollama_host(text))


def _raise_first(document: Document, invalid: Iterable[InvalidValue], invalid_overrides: list[InvalidValue]) -> None:
    """Raise an error for the first invalid value in the file, with the number of the others."""
    in_order = sorted(invalid, key=lambda problem: document.line(problem.path) or sys.maxsize)
    problems = [(problem, document.location(problem.path)) for problem in in_order]
    problems += [(problem, "On the command line,") for problem in invalid_overrides]
    if problems:
        (first, location), *others = problems
        more = f" {len(others)} more {'error' if len(others) == 1 else 'errors'} in the config." if others else ""
        raise ConfigError(f"{location} {first.message}", hint=_remedy(first) + more)


def _remedy(problem: InvalidValue) -> str:
    if problem.is_missing:
        return "Add it."
    default = default_of(problem.path)
    if default in (None, "") or isinstance(default, Mapping):
        return "Correct it."
    return f"Correct it, or remove it to use the default, {toml_value(default)}."


def _warning(document: Document, unknown: UnknownKey) -> str:
    key = printable(dotted(unknown.path))
    return f"{document.location(unknown.path)} unknown key {key}; ignored. {suggestion(*unknown)}"


def _settings(table: Table) -> Settings:
    shared = {name: table.get(name, {}) for name in SECTIONS}
    providers = [
        build_section(ProviderSettings, merge(shared, own), name=name) for name, own in table.pop("providers").items()
    ]
    # The demo is always reachable, so it must be last when the first reachable provider is chosen.
    providers.sort(key=lambda provider: provider.type == "demo")
    tool_servers = {
        name: build_section(ToolServerSettings, own, name=name) for name, own in table.pop("mcp", {}).items()
    }
    return build_section(
        Settings, table, providers={provider.name: provider for provider in providers}, mcp=tool_servers
    )


def _origins(settings: Settings, layers: Iterable[tuple[str, Mapping[str, Any]]]) -> dict[str, str]:
    paths: list[KeyPath] = [path for path, _ in leaves(DEFAULTS)]
    paths += [("providers", name, key) for name in settings.providers for key in defaults_of(ProviderSettings)]
    paths += [("mcp", name, key) for name in settings.mcp for key in defaults_of(ToolServerSettings)]
    origins = dict.fromkeys(map(dotted, paths), DEFAULT)
    for origin, layer in layers:
        origins.update((dotted(path), origin) for path, _ in leaves(layer))
    return origins
