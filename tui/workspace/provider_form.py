"""A provider as a form shows it, and what changes in the config file when it is saved. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any, Final, Literal, get_args

from tui.config.key_types import is_ascii_line
from tui.config.sections import build_section, rules_of
from tui.config.settings import BUILT_IN, ProviderSettings, ProviderType
from tui.config.toml_text import dotted
from tui.errors import ConfigError, UsageError
from tui.light_dataclass import dataclass
from tui.on_demand import shlex
from tui.runtime.api_keys import documented_variable
from tui.runtime.server_search import provider_at
from tui.workspace.provider_presets import Preset

KeySource = Literal["none", "variable", "command", "file"]
"""Where the API key comes from. `none` includes the variable that a server's documentation names."""

Field = Literal["name", "type", "base_url", "key", "model", "certificate"]

KEY_SOURCES: Final[tuple[KeySource, ...]] = get_args(KeySource)
TYPES: Final[tuple[ProviderType, ...]] = tuple(kind for kind in get_args(ProviderType) if kind != "demo")

_KEYS: Final = frozenset({"api_key", "api_key_env", "api_key_command"})

UNCHECKED: Final = "off"
"""What stands in the field of the certificate if it is not checked."""


class InvalidField(UsageError):
    """What is in a field cannot be used."""

    def __init__(self, field: Field, message: str) -> None:
        super().__init__(message)
        self.field: Field = field


@dataclass(frozen=True, slots=True)
class ProviderForm:
    """What the fields of the form contain."""

    name: str = ""
    type: ProviderType = "openai"
    base_url: str = ""
    key_source: KeySource = "none"

    key: str = ""
    """The name of the variable, the command as a shell would take it, or the key itself. Empty for a key in the file
    that stays as it is."""

    model: str = ""

    certificate: str = ""
    """Empty if it is checked, `off` if not, else the path of a CA bundle."""

    def with_preset(self, preset: Preset, taken: Collection[str]) -> ProviderForm:
        """The form filled in for a common server.

        Args:
            preset: The server.
            taken: The names of the other providers.
        """
        name = free_name(preset.name, taken) if preset.name else ""
        source: KeySource = "variable" if preset.key_variable else "none"
        return replace(
            self,
            name=name,
            type=preset.type,
            base_url=preset.base_url,
            key_source=source,
            key=preset.key_variable,
            certificate="",
        )


def form_of(settings: ProviderSettings) -> ProviderForm:
    """The form for a configured provider. A key in the file is not shown."""
    source: KeySource = "none"
    key = ""
    if settings.api_key is not None:
        source = "file"
    elif settings.api_key_env:
        source, key = "variable", settings.api_key_env
    elif settings.api_key_command:
        source, key = "command", shlex.join(settings.api_key_command)
    certificate = settings.verify if isinstance(settings.verify, str) else ("" if settings.verify else UNCHECKED)
    return ProviderForm(
        settings.name, settings.type, settings.base_url, source, key, settings.model, certificate=certificate
    )


def where_is(base_url: str) -> str:
    """Where a server is, judging by its address: whether what is sent to it leaves this machine. Empty if unknown."""
    if not base_url:
        return ""
    from tui.providers.network.address import parse_address

    try:
        address = parse_address(base_url)
    except ConfigError:
        return ""
    if address.is_loopback:
        return "on this machine"
    return "in your network" if address.is_near else "what you send leaves your network"


def usual_key_variable(form: ProviderForm) -> str:
    """The variable that is used if the form names no other source of a key. Empty if there is none."""
    if form.key_source != "none":
        return ""
    try:
        return documented_variable(form.type, form.base_url)
    except ConfigError:
        return ""


def free_name(wanted: str, taken: Collection[str]) -> str:
    """A name that no provider has: `vllm`, else `vllm-2`, …"""
    names = (wanted if number == 1 else f"{wanted}-{number}" for number in range(1, len(taken) + 2))
    return next(name for name in names if name not in taken)


def name_note(form: ProviderForm, others: Mapping[str, ProviderSettings]) -> str:
    """What to know about a provider's name and address before it is saved. Empty for nothing.

    Args:
        form: The form.
        others: All other providers.
    """
    name = form.name.strip()
    if name in others:
        return f"There is a provider {name} already. Choose another name."
    if same := provider_at(form.base_url, others):
        off = "" if others[same].enabled else ", but is off"
        return f"{same} has this address already{off}."
    wanted, _, number = name.rpartition("-")
    return f"The name {wanted} is taken." if number.isdecimal() and wanted in others else ""


def changes_of(form: ProviderForm, before: ProviderSettings | None, taken: Collection[str]) -> dict[str, object]:
    """The values to save, by dotted key. None removes a key.

    Args:
        form: The form.
        before: The provider before it was edited. None for a new one.
        taken: The names of all providers.

    Raises:
        InvalidField: If a field cannot be used.
    """
    name = form.name.strip()
    if not name or not name.isprintable():
        raise InvalidField("name", "Give the provider a name.")
    if name in taken and (before is None or name != before.name):
        raise InvalidField("name", f"There is a provider {name} already.")
    if before is not None and before.name in BUILT_IN and name != before.name:
        raise InvalidField("name", f"{before.name} is built in and keeps its name.")
    table = _table(form, before)
    if before is not None:
        # What was not changed stays where it comes from: the environment, or a default.
        unchanged = _table(form_of(before), before) if before.base_url else {}
        changed = {key for key, value in table.items() if key not in unchanged or unchanged[key] != value}
        # Another source of the key takes effect only without the sources that come before it.
        changed |= _KEYS if changed & _KEYS else set()
        table = {key: value for key, value in table.items() if key in changed}
    return {dotted(("providers", name, key)): value for key, value in table.items()}


def settings_of(form: ProviderForm, before: ProviderSettings | None) -> ProviderSettings:
    """The settings of a provider as the form has them, to try them before they are saved.

    Args:
        form: The form.
        before: The provider before it was edited; its other settings stay. None for a new one.

    Raises:
        InvalidField: If a field cannot be used.
    """
    table = {key: value for key, value in _table(form, before).items() if value is not None}
    new = build_section(ProviderSettings, table, name=form.name.strip() or "new provider")
    if before is None:
        return new
    key = before.api_key if form.key_source == "file" and not form.key.strip() else new.api_key
    changed = {name: getattr(new, name) for name in ("type", "base_url", "model", "verify")}
    return replace(before, **changed, api_key=key, api_key_env=new.api_key_env, api_key_command=new.api_key_command)


def _table(form: ProviderForm, before: ProviderSettings | None) -> dict[str, Any]:
    """The keys of the provider's table. None for a key that it does not have."""
    table: dict[str, Any] = {
        "type": form.type,
        "base_url": form.base_url.strip(),
        "model": form.model.strip(),
        "verify": {"": True, UNCHECKED: False}.get(form.certificate.strip(), form.certificate.strip()),
        **_key_table(form, before),
    }
    if not table["base_url"]:
        raise InvalidField("base_url", "Give the address of the server.")
    rules: Mapping[str, Any] = rules_of(ProviderSettings)
    fields: dict[str, Field] = {"type": "type", "base_url": "base_url", "model": "model", "verify": "certificate"}
    for key, field in fields.items():
        if not rules[key].takes(table[key]):
            raise InvalidField(field, f"This must be {rules[key].allowed}.")
    return table


def _key_table(form: ProviderForm, before: ProviderSettings | None) -> dict[str, Any]:
    key = form.key.strip()
    table: dict[str, Any] = {"api_key": None, "api_key_env": None, "api_key_command": None}
    if form.key_source == "variable":
        if not key or not rules_of(ProviderSettings)["api_key_env"].takes(key):
            raise InvalidField("key", "Give the name of an environment variable: letters, digits and _.")
        table["api_key_env"] = key
    elif form.key_source == "command":
        table["api_key_command"] = _command(key)
    elif form.key_source == "file":
        if not key and before is not None and before.api_key is not None:
            del table["api_key"]
        elif not key or not is_ascii_line(key):
            raise InvalidField("key", "Type the key: printable ASCII characters on one line.")
        else:
            table["api_key"] = key
    return table


def _command(text: str) -> list[str]:
    try:
        words = shlex.split(text)
    except ValueError as cause:
        raise InvalidField("key", f"This is not a command: {str(cause).lower()}.") from cause
    if not words or not rules_of(ProviderSettings)["api_key_command"].takes(words):
        raise InvalidField("key", "Type a command whose first line of output is the key.")
    return words
