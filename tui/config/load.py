"""default < environment < file < command line; each value knows where it came from; exact complaints."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tui.config.checks import contradictions, suggestion
from tui.config.document import Document, read_document
from tui.config.ollama_host import VARIABLE, base_url_from
from tui.config.rules import Misfit, UnknownKey, findings
from tui.config.sections import built, defaults_of
from tui.config.settings import BUILT_IN, DEFAULTS, SECTIONS, SETTINGS, ProviderSettings, Settings, default_of
from tui.config.tables import Table, leaves, overlaid, value_at, with_value, without
from tui.config.toml_text import KeyPath, dotted, key_path, printable, toml_value
from tui.errors import ConfigError

DEFAULT: Final = "default"
FILE: Final = "file"
ENVIRONMENT: Final = f"environment {VARIABLE}"
COMMAND_LINE: Final = "command line"

_OLLAMA_URL: Final = ("providers", "ollama", "base_url")


@dataclass(frozen=True, slots=True)
class LoadedSettings:
    """The settings, and how they came about."""

    settings: Settings

    origins: Mapping[str, str]
    """Where each value is from, by its dotted key: `default`, `file`, `environment OLLAMA_HOST` or `command line`.
    One that a provider merely shares, such as `providers.ollama.timeouts.idle`, is there only when it has its own."""

    warnings: tuple[str, ...]
    """One sentence for each unknown key, in the order of the file."""

    path: Path
    """The config file, whether there is one or not."""

    exists: bool
    """Whether there is one."""


def load(
    path: Path,
    environ: Mapping[str, str],
    overrides: Mapping[str, object] = {},
    *,
    must_exist: bool = False,
) -> LoadedSettings:
    """The settings that hold.

    Args:
        path: The config file.
        environ: The environment's variables.
        overrides: What the command line says, by dotted key.
        must_exist: Whether it is a mistake when the file is missing.

    Raises:
        ConfigError: When the file cannot be read, or a value is not allowed.
    """
    return settings_from(read_document(path, must_exist=must_exist), environ, overrides)


def settings_from(
    document: Document, environ: Mapping[str, str], overrides: Mapping[str, object] = {}
) -> LoadedSettings:
    """The settings that hold with a config file that has been read. As `load`."""
    given: Table = {}
    for key, value in overrides.items():
        given = with_value(given, key_path(key), value)
    found = list(findings(SETTINGS, document.data))
    misfits = [finding for finding in found if isinstance(finding, Misfit)]
    misgiven = [finding for finding in findings(SETTINGS, given) if isinstance(finding, Misfit)]
    bad = {misfit.path for misfit in (*misfits, *misgiven)}
    layers: tuple[tuple[str, Mapping[str, Any]], ...] = (
        (DEFAULT, {"providers": BUILT_IN}),
        (ENVIRONMENT, _from_environment(environ, document.data, given)),
        (FILE, without(document.data, bad)),
        (COMMAND_LINE, without(given, bad)),
    )
    table: Table = {}
    for _, layer in layers:
        table = overlaid(table, layer)
    for misfit in contradictions(table, bad):
        (misfits if value_at(given, misfit.path) is None else misgiven).append(misfit)
    _complain(document, misfits, misgiven)
    settings = _settings(table)
    return LoadedSettings(
        settings=settings,
        origins=_origins(settings.providers, layers),
        warnings=tuple(_warning(document, finding) for finding in found if isinstance(finding, UnknownKey)),
        path=document.path,
        exists=document.exists,
    )


def _from_environment(environ: Mapping[str, str], *others: Table) -> Table:
    """What the environment sets. It replaces a default, so it is not looked at where anything else is said."""
    written = environ.get(VARIABLE, "")
    if not written.strip() or any(value_at(other, _OLLAMA_URL) is not None for other in others):
        return {}
    return with_value({}, _OLLAMA_URL, base_url_from(written))


def _complain(document: Document, misfits: Iterable[Misfit], misgiven: list[Misfit]) -> None:
    """Raise the first complaint, in the order of the file, and say how many more there are."""
    in_order = sorted(misfits, key=lambda misfit: document.line(misfit.path) or sys.maxsize)
    complaints = [(misfit, document.place(misfit.path)) for misfit in in_order]
    complaints += [(misfit, "On the command line,") for misfit in misgiven]
    if complaints:
        (first, place), *others = complaints
        more = f"; {len(others)} more must be corrected." if others else "."
        raise ConfigError(f"{place} {first.complaint}", hint=_remedy(first) + more)


def _remedy(misfit: Misfit) -> str:
    if misfit.is_missing:
        return "Add it"
    default = default_of(misfit.path)
    if default in (None, "") or isinstance(default, Mapping):
        return "Correct it"
    return f"Correct it, or leave it out for the default, {toml_value(default)}"


def _warning(document: Document, unknown: UnknownKey) -> str:
    where = f"{document.place(unknown.path)} {printable(dotted(unknown.path))}"
    return f"{where} is no key that is known here, so it is ignored. {suggestion(*unknown)}"


def _settings(table: Table) -> Settings:
    shared = {name: table.get(name, {}) for name in SECTIONS}
    providers = [
        built(ProviderSettings, overlaid(shared, own), name=name) for name, own in table.pop("providers").items()
    ]
    # The demo is always reachable, so it comes last wherever the first reachable is looked for.
    providers.sort(key=lambda provider: provider.type == "demo")
    return built(Settings, table, providers={provider.name: provider for provider in providers})


def _origins(providers: Iterable[str], layers: Iterable[tuple[str, Mapping[str, Any]]]) -> dict[str, str]:
    paths: list[KeyPath] = [path for path, _ in leaves(DEFAULTS)]
    paths += [("providers", name, key) for name in providers for key in defaults_of(ProviderSettings)]
    origins = dict.fromkeys(map(dotted, paths), DEFAULT)
    for origin, layer in layers:
        origins.update((dotted(path), origin) for path, _ in leaves(layer))
    return origins
