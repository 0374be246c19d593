"""The rows of the list of models, as text: columns, marks, headings, and what is known about one model."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Final, Literal, NamedTuple

from rich.cells import cell_len, set_cell_size
from textual.content import Content

from tui.chat.dates import format_time
from tui.chat.formatting import format_size, model_label
from tui.chat.model_info import ModelInfo, ModelState
from tui.chat.safe_text import safe_line
from tui.ui.widgets.cursor_row import CURSOR_MARK
from tui.workspace.model_entry import ModelEntry, abilities
from tui.workspace.model_jobs import JobState, ModelJob
from tui.workspace.model_search import matched_letters
from tui.workspace.target import Target

Column = Literal["parameters", "quantization", "size", "context", "can"]

_TITLES: Final[dict[Column, str]] = {
    "parameters": "Params",
    "quantization": "Quant",
    "size": "Size",
    "context": "Context",
    "can": "Can",
}
_MAX_CELLS: Final[dict[Column, int]] = {
    "parameters": 8,
    "quantization": 8,
    "size": 7,
    "context": 7,
    "can": 21,
}
_RIGHT: Final[frozenset[Column]] = frozenset({"parameters", "size", "context"})
"""Columns of numbers, which end at the same cell."""

_DROPPED_FIRST: Final[tuple[Column, ...]] = ("quantization", "parameters", "context", "size", "can")
_DROPPED_FOR_PROVIDER: Final[frozenset[Column]] = frozenset({"quantization", "parameters"})
"""Columns that are worth less than the name of the provider."""
_MAX_PROVIDER: Final = 14
_GAP: Final = 2
_MIN_NAME: Final = 12
_MIN_CAN: Final = 11
_MAX_NAME: Final = 40
_MAX_DIGITS: Final = 12
"""Digits of a context length."""

"""Cells of a name for which columns are dropped. A longer one is cut where all columns do not leave more."""

_STATES: Final[dict[ModelState, tuple[str, str]]] = {
    "loading": ("loading", "$accent"),
    "downloading": ("downloading", "$accent"),
    "sleeping": ("sleeping", "$dim"),
    "failed": ("✗ failed", "$error"),
}
"""What is shown in place of abilities, and its colour. Other states have marks."""

_LISTING_NOTES: Final[dict[bool | None, str]] = {
    True: "",
    False: "not in the server's list",
    None: "the server has not listed its models",
}

_JOB_LOOKS: Final[dict[JobState, str]] = {
    "failed": "$error",
    "stopped": "$second",
    "unfollowed": "$second",
    "waiting": "$dim",
    "running": "$accent",
}


class Heading(NamedTuple):
    """A line that names the models below it."""

    title: str
    mark: str = ""
    colour: str = ""
    note: str = ""


# A named tuple, for the same reason as `ModelEntry`.
class ModelRow(NamedTuple):
    """A line with one model."""

    entry: ModelEntry

    job: ModelJob | None = None
    """What is being done with it."""

    is_current: bool = False
    """Whether it answers the next prompt."""

    checked: bool | None = None
    """Whether it is chosen, where several can be. None where only one can."""

    names_provider: bool = False
    """Whether the provider stands behind the name, as no heading says it."""

    @property
    def target(self) -> Target:
        """The model."""
        return self.entry.target

    @property
    def can_be_used(self) -> bool:
        """Whether it can answer: not while it is downloaded for the first time."""
        return self.job is None or self.job.action != "pull" or self.entry.is_listed is True


Row = ModelRow | Heading | None
"""A line of the list. None is a blank one."""


Part = tuple[str, str]
"""Text of a line, and its style in Textual's words."""


class Layout(NamedTuple):
    """Which columns there are, and how wide."""

    name: int
    columns: tuple[tuple[Column, int], ...]
    has_boxes: bool
    """Whether rows begin with `[x]`."""


def layout_for(entries: Iterable[ModelEntry], width: int, *, has_boxes: bool) -> Layout:
    """The columns that fit beside the longest name. Those that no model has a value for are left out.

    Args:
        entries: All models, also those that a filter hides: so the columns stay while the user types.
        width: Cells of a row.
        has_boxes: Whether rows begin with `[x]`.
    """
    longest, cells = _MIN_NAME, dict.fromkeys(_TITLES, 0)
    # It also shows what is being done with a model, which begins and ends while the columns stay.
    cells["can"] = _MIN_CAN
    # Thousands of models have few different values: each is measured once.
    samples: dict[Column, dict[object, ModelEntry]] = {column: {} for column in _TITLES}
    providers: set[str] = set()
    for entry in entries:
        providers.add(entry.target.provider)
        info, name = entry.info, entry.target.model
        # What is shown of a name of ASCII letters is not longer than the name. The long name of a model that cannot
        # chat takes no columns from the others.
        if longest < _MAX_NAME and (len(name) > longest or not name.isascii()) and info.chat_support == "yes":
            longest = max(longest, cell_len(model_label(name)))
        samples["parameters"][info.parameters] = entry
        samples["quantization"][info.quantization] = entry
        samples["size"][info.size_bytes is None] = entry
        samples["context"][info.loaded_context_length or info.context_length] = entry
        samples["can"][info.capabilities, info.thinking, info.is_remote, info.chat_support] = entry
    for column, found in samples.items():
        for entry in found.values():
            cells[column] = max(cells[column], cell_len(_text_of(entry, column)))
    cells["size"] = _MAX_CELLS["size"] if cells["size"] else 0
    columns: list[tuple[Column, int]] = [
        (column, min(max(cells[column], len(title)), _MAX_CELLS[column]))
        for column, title in _TITLES.items()
        if cells[column]
    ]
    room = width - _lead_cells(has_boxes)
    # Where there are several providers, some rows name theirs behind the name.
    provider = _GAP + min(max(map(cell_len, providers)), _MAX_PROVIDER) if len(providers) > 1 else 0
    for dropped in _DROPPED_FIRST:
        needed = min(longest, _MAX_NAME) + (provider if dropped in _DROPPED_FOR_PROVIDER else 0)
        if room - _cells_of(columns) >= needed:
            break
        columns = [each for each in columns if each[0] != dropped]
    return Layout(max(1, room - _cells_of(columns)), tuple(columns), has_boxes)


def header_line(layout: Layout) -> list[Part]:
    """The titles of the columns."""
    parts = [(" " * _lead_cells(layout.has_boxes), ""), *_fitted([("Model", "$second")], layout.name)]
    for column, cells in layout.columns:
        parts += [(" " * _GAP, ""), *_fitted([(_TITLES[column], "$second")], cells, is_right=column in _RIGHT)]
    return parts


def heading_line(heading: Heading, layout: Layout) -> list[Part]:
    """A line that names the models below it."""
    parts = [(" " * (2 if not layout.has_boxes else 6), ""), (heading.title, "bold $second")]
    if heading.mark:
        parts += [("  ", ""), (heading.mark, heading.colour)]
    if heading.note:
        parts += [(" ", ""), (heading.note, "$dim")]
    return parts


def model_line(row: ModelRow, layout: Layout, typed: str, *, at_cursor: bool) -> list[Part]:
    """A line with one model.

    Args:
        row: The model.
        layout: The columns.
        typed: What the list is filtered by. The letters that match are underlined.
        at_cursor: Whether the cursor is on it.
    """
    entry = row.entry
    weak = not entry.can_chat
    box = "" if not layout.has_boxes else f"[{'x' if row.checked else ' '}] "
    name_style = "bold $text" if at_cursor or row.is_current else "$dim" if weak else "$text"
    parts = [
        (CURSOR_MARK if at_cursor else " " * len(CURSOR_MARK), "bold $user"),
        (box, "$success" if row.checked else "$second"),
        ("★ " if entry.is_favourite else "  ", "$user"),
        _mark(entry),
        (" ", ""),
        *_name(row, typed, name_style, layout.name),
    ]
    for column, cells in layout.columns:
        state = _state(row) if column == "can" else None
        text = state or (_text_of(entry, column), "$dim" if weak else "$second")
        parts += [(" " * _GAP, ""), *_fitted([text], cells, is_right=column in _RIGHT)]
    return parts


def facts_line(row: ModelRow) -> Content:
    """What is known about the model at the cursor, in one line, as far as the columns do not say it."""
    entry, info = row.entry, row.entry.info
    if row.job is not None:
        look = "$error" if row.job.state == "failed" else "$accent"
        # The error itself stands above, where it has space.
        text = f"{row.job.action} failed" if row.job.state == "failed" else row.job.text
        return Content.assemble((safe_line(entry.target.provider), "$second"), " · ", (text, look))
    memory = _memory_facts(info)
    facts = [
        safe_line(entry.target.provider),
        "in use" if row.is_current else "",
        *memory,
        "on disk" if info.loaded is False and not memory and not info.is_remote else "",
        safe_line(info.state_note),
        _LISTING_NOTES[entry.is_listed],
        "may not chat" if info.chat_support == "unlikely" else "",
    ]
    parts = [Content.styled(" · ".join(filter(None, facts)), "$second")]
    if entry.leaves_machine:
        parts.append(Content.assemble(" · ", ("↗ leaves this machine", "$warning")))
    return Content.assemble(*parts)


def legend_line(rows: Iterable[ModelEntry]) -> Content:
    """What the marks of the list mean, as far as it has them."""
    rows = tuple(rows)
    parts: list[Content] = []
    for mark, colour, words, is_used in (
        ("★", "$user", "favourite", any(entry.is_favourite for entry in rows)),
        ("■", "$success", "in memory", any(entry.info.loaded for entry in rows)),
        ("□", "$second", "on disk", any(entry.info.loaded is False for entry in rows)),
        ("↗", "$warning", "leaves this machine", any(entry.leaves_machine for entry in rows)),
    ):
        if is_used:
            parts.append(Content.assemble((mark, colour), (f" {words}", "$dim")))
    return Content("   ").join(parts)


def describe(entry: ModelEntry, address: str) -> list[tuple[str, str]]:
    """All that is known about a model, as labels and values.

    Args:
        entry: The model.
        address: The address of its server.
    """
    info = entry.info
    memory = " · ".join(_memory_facts(info)) or ("" if info.loaded is None else "no")
    thinking = info.thinking
    switch = "" if thinking is None else ", ".join(thinking) or "cannot be switched"
    default = f" (default: {info.thinking_default})" if info.thinking_default else ""
    facts = [
        ("Name", info.name),
        ("Called", info.display_name),
        ("Provider", entry.target.provider),
        ("Address", address),
        ("Parameters", info.parameters),
        ("Quantization", info.quantization),
        ("Size", format_size(info.size_bytes) if info.size_bytes else ""),
        ("Context", "" if info.context_length is None else f"{info.context_length:,} tokens"),
        ("In memory", memory),
        ("State", " · ".join(filter(None, [info.state or "", info.state_note]))),
        ("Can", ", ".join(abilities(info))),
        ("Thinking", switch + default if switch else ""),
        ("Reported", ", ".join(sorted(info.capabilities))),
        ("Leaves", "this machine: its answers come from another one" if entry.leaves_machine else ""),
    ]
    return [(label, safe_line(value)) for label, value in facts if value]


def format_tokens(count: int) -> str:
    """A context length: `8k`, `40k`, `1M`; exact below a thousand."""
    if count < 1_000:
        return str(count)
    # Windows are powers of two, and named by their binary thousands: 32,768 is 32k. Others are 128,000 or 200,000.
    unit = 1_024 if count % 1_024 == 0 else 1_000
    thousands = round(count / unit)
    return f"{thousands}k" if thousands < 1_000 else f"{round(count / unit**2)}M"


def parse_tokens(text: str, most: int | None = None) -> int | None:
    """A context length as a person types it: `8192`, `8,192`, `8k`. None if it is not a whole number.

    Args:
        text: What was typed.
        most: The most that is possible, in tokens. It decides whether `128k` is 131,072, or 128,000.
    """
    typed = text.strip().lower().replace(",", "").replace("_", "")
    number = typed.removesuffix("k").rstrip()
    if not (number.isascii() and number.isdigit()) or len(number) > _MAX_DIGITS:
        return None
    if number == typed:
        return int(number)
    binary, decimal = int(number) * 1_024, int(number) * 1_000
    return decimal if most is not None and decimal <= most < binary else binary


def _memory_facts(info: ModelInfo) -> list[str]:
    """What is known about a model that is in memory. Empty if it is not."""
    if not info.loaded:
        return []
    until = "" if info.expires_at is None else format_time(info.expires_at, "%H:%M")
    window, whole = info.loaded_context_length, info.context_length
    of = "" if whole is None or whole == window else f" of its {format_tokens(whole)}"
    return [
        f"in memory until {until}" if until else "in memory",
        *([] if info.gpu_fraction is None else [f"{info.gpu_fraction:.0%} on the GPU"]),
        *([] if window is None else [f"loaded with {format_tokens(window)}{of}"]),
    ]


def _state(row: ModelRow) -> tuple[str, str] | None:
    if row.job is not None:
        look = _JOB_LOOKS[row.job.state]
        word = row.job.short_text
        return (f"{row.job.action} {word}" if word.endswith("%") else f"{'✗ ' * (word == 'failed')}{word}"), look
    state = row.entry.info.state
    return None if state is None else _STATES.get(state)


def _mark(entry: ModelEntry) -> Part:
    if entry.leaves_machine:
        return "↗", "$warning"
    return {True: ("■", "$success"), False: ("□", "$second"), None: (" ", "")}[entry.info.loaded]


def _name(row: ModelRow, typed: str, style: str, cells: int) -> list[Part]:
    """The name of a model, and its provider if no heading says it. The name is cut first."""
    shown = model_label(row.target.model)
    hits = matched_letters(typed, shown) if typed else frozenset()
    name = [
        ("".join(letter for _, letter in run), f"{style} underline" if is_hit else style)
        for is_hit, run in groupby(enumerate(shown), key=lambda each: each[0] in hits)
    ]
    if not row.names_provider:
        return _fitted(name, cells)
    provider = _cut([(safe_line(row.target.provider), "$dim")], _MAX_PROVIDER)
    room = max(_MIN_NAME, cells - _GAP - _cells_in(provider))
    return _fitted([*_cut(name, room), (" " * _GAP, ""), *provider], cells)


def _text_of(entry: ModelEntry, column: Column) -> str:
    info = entry.info
    match column:
        case "parameters":
            return safe_line(info.parameters)
        case "quantization":
            return safe_line(info.quantization)
        case "size":
            return format_size(info.size_bytes) if info.size_bytes else ""
        case "context":
            # What a loaded model has is true; its maximum may be far from it.
            window = info.loaded_context_length or info.context_length
            return "" if window is None else format_tokens(window)
        case "can":
            return " ".join(abilities(info))


def _lead_cells(has_boxes: bool) -> int:
    """Cells before the name: the cursor, the box, the star and the mark."""
    return 10 if has_boxes else 6


def _cells_of(columns: Iterable[tuple[Column, int]]) -> int:
    return sum(cells + _GAP for _, cells in columns)


def _fitted(parts: list[Part], cells: int, *, is_right: bool = False) -> list[Part]:
    """Text in a column: cut, or filled with blanks."""
    room = cells - _cells_in(parts)
    if room < 0:
        return _cut(parts, cells)
    blanks = (" " * room, "")
    return [blanks, *parts] if is_right else [*parts, blanks]


def _cells_in(parts: Iterable[Part]) -> int:
    return sum(cell_len(text) for text, _ in parts)


def _cut(parts: list[Part], cells: int) -> list[Part]:
    """A text; if it is longer than that, its beginning with an ellipsis."""
    if _cells_in(parts) <= cells:
        return parts
    cut: list[Part] = []
    room = cells - 1
    for text, style in parts:
        if cell_len(text) > room:
            return [*cut, (f"{set_cell_size(text, room)}…", style)]
        cut.append((text, style))
        room -= cell_len(text)
    return cut
