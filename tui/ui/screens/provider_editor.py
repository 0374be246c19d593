"""A form for one provider: presets, address, key, model, certificate, and a test of all that."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Collection
from contextlib import aclosing
from typing import TYPE_CHECKING, ClassVar, Final

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from tui.chat.safe_text import safe_line
from tui.config.settings import BUILT_IN
from tui.errors import LlmTuiError
from tui.ui.screens.check_steps import step_lines
from tui.ui.screens.dialog import Dialog
from tui.ui.widgets.choice_row import ChoiceRow
from tui.ui.widgets.dialog_frame import DialogFrame, KeyLine
from tui.workspace.provider_form import (
    KEY_SOURCES,
    TYPES,
    UNCHECKED,
    InvalidField,
    KeySource,
    ProviderForm,
    usual_key_variable,
    where_is,
)
from tui.workspace.provider_presets import PRESETS

if TYPE_CHECKING:
    from tui.providers.connection_check import CheckStep

_AROUND: Final = 11
"""Lines around the fields: borders, rule, keys, and most results of a test."""

_AROUND_RESULTS: Final = 18
"""Lines around the results: borders, rule, keys, and all fields of a provider that is edited."""

_MOST_RESULTS: Final = 8

_TYPE_WORDS: Final = {"ollama": "Ollama", "lmstudio": "LM Studio", "openai": "OpenAI", "llamacpp": "llama.cpp"}
_SOURCE_WORDS: Final[dict[KeySource, str]] = {
    "none": "none",
    "variable": "variable",
    "command": "command",
    "file": "config file",
}
_KEY_LABELS: Final[dict[KeySource, tuple[str, str]]] = {
    "none": ("", ""),
    "variable": ("Variable", "the name of an environment variable"),
    "command": ("Command", "pass show my-server"),
    "file": ("Key", "typed here, kept in the config file as plain text"),
}
"""For each source of a key what its field is called, and what belongs into it."""

_FOCUSED: Final = {"name": "#name", "type": "#type", "base_url": "#address", "key": "#key", "model": "#model"}

Test = Callable[[ProviderForm], AsyncGenerator["CheckStep", None]]
Save = Callable[[ProviderForm], Awaitable[str]]


class ProviderEditorScreen(Dialog[str | None]):
    """Edits one provider. Returns its name when it is saved; None when cancelled."""

    # The first field is not always the one to start with.
    AUTO_FOCUS = ""
    BINDINGS: ClassVar = [
        Binding("escape", "leave", show=False),
        Binding("ctrl+s", "save", show=False, priority=True),
        Binding("f5", "test", show=False, priority=True),
        Binding("down", "app.focus_next", show=False, priority=True),
        Binding("up", "app.focus_previous", show=False, priority=True),
    ]
    # Textual updates what is inside a row only if the row itself has a style for the focus.
    DEFAULT_CSS = """
    ProviderEditorScreen VerticalScroll {
        height: auto; scrollbar-size-vertical: 1; scrollbar-color: $line; scrollbar-background: $raised;
    }
    ProviderEditorScreen .row { height: auto; color: $second; }
    ProviderEditorScreen .row:focus-within { color: $text; }
    ProviderEditorScreen .mark { width: 2; color: $user; text-style: bold; visibility: hidden; }
    ProviderEditorScreen .row:focus-within > .mark { visibility: visible; }
    ProviderEditorScreen .label { width: 13; color: $second; }
    ProviderEditorScreen .row:focus-within > .label { color: $text; text-style: bold; }
    ProviderEditorScreen .row > Input { width: 1fr; color: $text; }
    ProviderEditorScreen .row > .fixed { width: 1fr; padding: 0 1; color: $text; }
    ProviderEditorScreen #presets-row { margin-bottom: 1; }
    ProviderEditorScreen #about, ProviderEditorScreen #name-note { padding-left: 16; }
    ProviderEditorScreen #name-note { color: $warning; }
    ProviderEditorScreen #results {
        height: auto; border-top: solid $line; color: $second; scrollbar-size-vertical: 1;
    }
    """

    def __init__(
        self,
        form: ProviderForm,
        editing: str,
        taken: Collection[str],
        path: str,
        note: Callable[[ProviderForm], str],
        test: Test,
        save: Save,
    ) -> None:
        """Args:
        form: What the fields contain at first.
        editing: The provider that is changed. Empty for a new one.
        taken: The names of all providers.
        path: The config file, to show.
        note: Returns what to know about the name and the address before they are saved. Empty for nothing.
        test: Tests the provider; yields each step.
        save: Saves the provider; returns its name.
        """
        super().__init__()
        self._before = form
        self._editing = editing
        self._taken = taken
        self._path = safe_line(path)
        self._note = note
        self._test = test
        self._save = save
        self._steps: list[CheckStep] = []
        self._source: KeySource = form.key_source
        self._warned = False
        """Whether the user was told that leaving discards changes."""
        self._is_saving = False

    def compose(self) -> ComposeResult:
        """A row for each field, the result of the test, and the keys."""
        form = self._before
        title = f"Edit {safe_line(self._editing)}" if self._editing else "Add a provider"
        with DialogFrame(title, state=f"saved to {self._path}"):
            with VerticalScroll(can_focus=False):
                if not self._editing:
                    yield _row("Start from", ChoiceRow([preset.title for preset in PRESETS], id="presets"))
                if self._editing in BUILT_IN:
                    fixed = Content.assemble(safe_line(form.name), ("  built in", "$dim"))
                    yield _row("Name", Static(fixed, id="name", classes="fixed", markup=False))
                else:
                    yield _row("Name", _field("name", form.name, "what to call it here"))
                yield Static("", id="name-note", classes="note", markup=False)
                yield _row("Type", ChoiceRow([_TYPE_WORDS[kind] for kind in TYPES], TYPES.index(form.type), id="type"))
                yield _row("Address", _field("address", form.base_url, "http://127.0.0.1:8080"))
                yield Static("", id="about", classes="note", markup=False)
                sources = [_SOURCE_WORDS[source] for source in KEY_SOURCES]
                yield _row("Key from", ChoiceRow(sources, KEY_SOURCES.index(form.key_source), id="source"))
                yield _row("", _field("key", form.key, ""))
                yield _row("Model", _field("model", form.model, "the one used last"))
                yield _row(
                    "Certificate", _field("certificate", form.certificate, f"checked; {UNCHECKED}, or a CA file")
                )
            yield Static("", id="results", markup=False)
            keys = [("F5", "test", "f5"), ("Ctrl+S", "save", "ctrl+s"), ("←→", "choose", ""), ("↑↓", "field", "")]
            yield KeyLine([*keys, ("Esc", "cancel", "escape")])

    def on_mount(self) -> None:
        """Start where most is left to do."""
        for field in self.query(Input):
            field.cursor_blink = False
        self._show_key_field()
        self._show_about()
        is_filled_in = self._editing or self._before.base_url
        self.set_focus(self.query_one("#address" if is_filled_in else "#presets"))

    def on_resize(self, event: events.Resize) -> None:
        """Fit the dialog on the screen; the fields scroll."""
        height = event.size.height
        self.query_one(VerticalScroll).styles.max_height = max(1, height - _AROUND)
        self.query_one("#results").styles.max_height = min(max(2, height - _AROUND_RESULTS), _MOST_RESULTS)

    @property
    def form(self) -> ProviderForm:
        """What the fields contain."""
        kind = self.query_one("#type", ChoiceRow).chosen
        return ProviderForm(
            self._editing if self._editing in BUILT_IN else self._text("name"),
            TYPES[kind or 0],
            self._text("address"),
            self._source,
            "" if self._source == "none" else self._text("key"),
            self._text("model"),
            self._text("certificate"),
        )

    @on(ChoiceRow.Chosen, "#presets")
    def _fill_in(self, event: ChoiceRow.Chosen) -> None:
        form = self.form.with_preset(PRESETS[event.index], self._taken)
        for id_, text in (("name", form.name), ("address", form.base_url), ("key", form.key), ("certificate", "")):
            field = self.query_one(f"#{id_}", Input)
            field.value = text
            # It stays where it was otherwise, in the middle of the new text.
            field.cursor_position = len(text)
        self.query_one("#type", ChoiceRow).chosen = TYPES.index(form.type)
        self._set_source(form.key_source)

    @on(ChoiceRow.Chosen, "#source")
    def _choose_source(self, event: ChoiceRow.Chosen) -> None:
        # A key must not become visible as the name of a variable, or the other way around.
        self.query_one("#key", Input).value = ""
        self._set_source(KEY_SOURCES[event.index])
        self._show_about()
        self._changed()

    @on(ChoiceRow.Chosen, "#type")
    def _choose_type(self) -> None:
        self._show_about()
        self._changed()

    @on(Input.Changed)
    def _text_changed(self, event: Input.Changed) -> None:
        if event.input.id in ("address", "name"):
            self._show_about()
        self._changed()

    def _changed(self) -> None:
        self._warned = False
        if self._steps:
            # They are about other values.
            self.workers.cancel_group(self, "test")
            self._show_steps()

    def action_test(self) -> None:
        """Test the provider as the form has it."""
        self._run_test()

    @work(group="test", exclusive=True)
    async def _run_test(self) -> None:
        self._show_steps()
        self._show_message("testing…", "$dim")
        try:
            async with aclosing(self._test(self.form)) as steps:
                async for step in steps:
                    self._steps.append(step)
                    self._show_steps(*self._steps)
        except LlmTuiError as error:
            self._show_error(error)

    @on(Input.Submitted)
    def action_save(self) -> None:
        """Save the provider; stay where a field is invalid, and show why."""
        if not self._is_saving:
            self._run_save()

    @work(group="save")
    async def _run_save(self) -> None:
        self._is_saving = True
        try:
            name = await self._save(self.form)
        except LlmTuiError as error:
            self._show_error(error)
        else:
            self.dismiss(name)
        finally:
            self._is_saving = False

    def action_leave(self) -> None:
        """Close without saving; unsaved changes need a second Esc."""
        if self.form != self._before and not self._warned:
            self._warned = True
            self._show_message("Unsaved changes. Ctrl+S to save, Esc again to discard.", "$warning")
        else:
            self.dismiss(None)

    def _text(self, id_: str) -> str:
        return self.query_one(f"#{id_}", Input).value.strip()

    def _set_source(self, source: KeySource) -> None:
        self._source = source
        self.query_one("#source", ChoiceRow).chosen = KEY_SOURCES.index(source)
        self._show_key_field()

    def _show_key_field(self) -> None:
        field = self.query_one("#key", Input)
        label, placeholder = _KEY_LABELS[self._source]
        if self._source == "file" and self._before.key_source == "file" and self._editing:
            placeholder = "stays as it is; type to replace it"
        field.password = self._source == "file"
        field.placeholder = placeholder
        row = field.parent
        assert isinstance(row, Horizontal)
        row.display = self._source != "none"
        row.query_one(".label", Static).update(label)

    def _show_about(self) -> None:
        address = self._text("address")
        usual = "with or without /v1" if self.form.type in ("openai", "llamacpp") else ""
        preset_note = next((preset.note for preset in PRESETS if preset.base_url == address), "")
        variable = usual_key_variable(self.form)
        parts = filter(None, (usual, where_is(address), preset_note, variable and f"uses ${variable}"))
        self.query_one("#about", Static).update(" · ".join(parts))
        name_note = self.query_one("#name-note", Static)
        name_note.update(note := safe_line(self._note(self.form)))
        name_note.display = bool(note)

    def _show_steps(self, *steps: CheckStep) -> None:
        self._steps = list(steps)
        results = self.query_one("#results", Static)
        results.update(step_lines(steps, max(20, results.content_size.width)))

    def _show_error(self, error: LlmTuiError) -> None:
        self._show_message(" ".join(filter(None, (str(error), error.hint))), "$error")
        if isinstance(error, InvalidField) and (selector := _FOCUSED.get(error.field, "#certificate")):
            self.query_one(selector).focus()

    def _show_message(self, text: str, look: str) -> None:
        self._steps = []
        self.query_one("#results", Static).update(Content.styled(safe_line(text), look))


def _row(label: str, field: Widget) -> Horizontal:
    return Horizontal(
        Static("›", classes="mark", markup=False),
        Static(label, classes="label", markup=False),
        field,
        id=f"{field.id}-row",
        classes="row",
    )


def _field(id_: str, text: str, placeholder: str) -> Input:
    return Input(text, placeholder=placeholder, id=id_, classes="field", select_on_focus=False)
