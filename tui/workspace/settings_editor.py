"""Changes settings one after the other, while the user goes on."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from tui.config.checks import reason_against
from tui.config.document import read_document
from tui.config.load import FILE
from tui.config.toml_text import dotted
from tui.errors import ConfigError, LlmTuiError
from tui.runtime import Runtime
from tui.workspace.settings_list import Setting, all_settings
from tui.workspace.tasks import StartTask
from tui.workspace.workspace import Workspace


class SettingRow(NamedTuple):
    """A setting as it is now."""

    setting: Setting
    value: Any
    origin: str
    """Where the value comes from: `default`, `yours`, `$NAME` or `command line`."""


class SettingsEditor:
    """The settings of the settings screen. Owns the changes that are not written yet."""

    def __init__(self, runtime: Runtime, workspace: Workspace, start_task: StartTask) -> None:
        """Args:
        runtime: Has the settings.
        workspace: Writes them, and uses them.
        start_task: Starts the task that writes.
        """
        self._runtime = runtime
        self._workspace = workspace
        self._start_task = start_task
        self._waiting: deque[Mapping[str, object]] = deque()
        """The changes that are not written yet; the first of them is being written."""
        self.on_written: Callable[[LlmTuiError | None], None] = lambda _: None
        """Called after each change, with what went wrong."""

    @property
    def path(self) -> Path:
        """The config file."""
        return self._runtime.loaded.path

    @property
    def rows(self) -> list[SettingRow]:
        """All settings with their values, as they are when all changes are written."""
        loaded = self._runtime.loaded
        coming = {key: value for changes in self._waiting for key, value in changes.items()}
        rows = []
        for each in all_settings():
            value, origin = each.value(loaded.settings), each.origin(loaded.origins)
            if each.key in coming:
                is_reset = coming[each.key] is None
                value, origin = (each.default, "default") if is_reset else (coming[each.key], "yours")
            rows.append(SettingRow(each, value, origin))
        return rows

    @property
    def start_provider(self) -> str:
        """The provider at start. Empty for the first that answers."""
        return self._runtime.settings.provider

    @property
    def start_model(self) -> str:
        """The model of the provider at start. Empty for the one used last."""
        provider = self._runtime.settings.providers.get(self.start_provider)
        return "" if provider is None else provider.model

    @property
    def start_model_key(self) -> str:
        """The key of the model of the provider at start."""
        return dotted(("providers", self.start_provider, "model"))

    @property
    def is_start_model_set(self) -> bool:
        """Whether the file names the model of the provider at start."""
        return self._runtime.loaded.origins.get(self.start_model_key) == FILE

    @property
    def prompted_provider(self) -> str:
        """The provider whose system prompt is shown: the one at start, else the one in use. Empty if there is none."""
        current = self._workspace.current
        name = self.start_provider or ("" if current is None else current.session.provider.name)
        return name if name in self._runtime.settings.providers else ""

    @property
    def system_prompt(self) -> str:
        """The system prompt of that provider. Empty for none."""
        provider = self._runtime.settings.providers.get(self.prompted_provider)
        return self._coming(self.system_prompt_key, "" if provider is None else provider.system_prompt)

    @property
    def system_prompt_key(self) -> str:
        """The key of that system prompt."""
        return dotted(("providers", self.prompted_provider, "system_prompt"))

    def _coming(self, key: str, value: str) -> str:
        """The value of a key when all changes are written."""
        for changes in self._waiting:
            value = str(changes[key] or "") if key in changes else value
        return value

    @property
    def providers(self) -> tuple[str, ...]:
        """The providers that are enabled."""
        return self._runtime.provider_names

    def reason_against(self, setting: Setting, value: object) -> str:
        """Why a setting must not have a value. Empty if it may."""
        try:
            data = read_document(self.path).data
        except ConfigError as error:
            return str(error)
        return reason_against(data, setting.path, value)

    def change(self, changes: Mapping[str, object]) -> None:
        """Write values to the file, and use them.

        Args:
            changes: New values by dotted key. None removes the key. With none, the file is read again.
        """
        self._waiting.append(changes)
        if len(self._waiting) == 1:
            self._start_task(self._write, "settings")

    def reset(self, setting: Setting) -> None:
        """Use the default of a setting again."""
        self.change(setting.changes(None))

    def reset_all(self) -> None:
        """Use the defaults again, except for providers and tool servers."""
        changes: dict[str, object] = {}
        for row in self.rows:
            if row.origin == "yours":
                changes |= row.setting.changes(None)
        self.change(changes)

    async def _write(self) -> None:
        try:
            while self._waiting:
                error: LlmTuiError | None = None
                try:
                    await self._workspace.change_settings(self._waiting[0])
                except LlmTuiError as raised:
                    error = raised
                self._waiting.popleft()
                self.on_written(error)
        finally:
            # The program ends: what is not written stays as it was.
            self._waiting.clear()
