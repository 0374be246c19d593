"""What a terminal can, by what it responds."""

from __future__ import annotations

import pytest

from tui.ui.pictures.terminal_graphics import TerminalGraphics

OK = "\x1b_Gi=1;OK\x1b\\"


def terminal(*responses: str, **environ: str) -> TerminalGraphics:
    graphics = TerminalGraphics({"TERM": "xterm-256color", **environ})
    for response in responses:
        graphics.read(response)
    return graphics


def name(text: str) -> str:
    return f"\x1bP>|{text}\x1b\\"


@pytest.mark.parametrize(
    ("responses", "environ", "has"),
    [
        ((OK, name("kitty(0.35.2)")), {}, True),
        ((name("kitty(0.28.0)"), OK), {}, True),
        ((OK, name("ghostty 1.2.0")), {}, True),
        ((OK, name("kitty(0.26.5)")), {}, False),
        # These have the protocol without placeholders.
        ((OK, name("WezTerm 20240203")), {"KITTY_WINDOW_ID": "1"}, False),
        ((OK, name("Konsole 24.1")), {}, False),
        ((name("kitty(0.35.2)"),), {}, False),
        (("\x1b_Gi=1;EINVAL:bad\x1b\\", name("kitty(0.35.2)")), {}, False),
        ((OK,), {"TMUX": "/tmp/tmux", "KITTY_WINDOW_ID": "1"}, True),
        ((OK,), {"TMUX": "/tmp/tmux"}, False),
        ((), {"KITTY_WINDOW_ID": "1"}, False),
    ],
)
def test_placeholders_are_used_where_the_terminal_has_them(
    responses: tuple[str, ...], environ: dict[str, str], has: bool
) -> None:
    assert terminal(*responses, **environ).has_placeholders is has


@pytest.mark.parametrize(
    ("responses", "environ", "expected"),
    [
        (("\x1b[?62;4;22c",), {}, "sixel"),
        (("\x1b[?4;22c",), {}, ""),
        (("\x1b[?64;14;44c",), {}, ""),
        (("\x1b[?62;4c", name("WezTerm 1")), {}, "iterm"),
        ((), {"TERM_PROGRAM": "iTerm.app"}, "iterm"),
        ((), {"TERM_PROGRAM": "iTerm.app", "TMUX": "x"}, ""),
        (("\x1b[?1;2;4c",), {"TMUX": "x"}, ""),
    ],
)
def test_inline_format(responses: tuple[str, ...], environ: dict[str, str], expected: str) -> None:
    assert terminal(*responses, **environ).inline == expected


@pytest.mark.parametrize("environ", [{"TERM": "dumb"}, {"TERM": "linux"}, {"TERM_PROGRAM": "Apple_Terminal"}])
def test_terminal_that_would_write_the_questions_is_not_asked(environ: dict[str, str]) -> None:
    assert terminal(**environ).requests() == []


def test_colours_are_asked_for_only_where_there_are_sixels() -> None:
    graphics = terminal()

    assert graphics.read("\x1b[?62;22c") == []
    assert graphics.read("\x1b[?62;4;22c") == ["\x1b[?1;1;0S"]
    assert graphics.read("\x1b[?1;0;16S") == []
    assert graphics.sixel_colours == 16


def test_question_goes_through_tmux() -> None:
    requests = terminal(TMUX="x").requests()

    assert requests[0].startswith("\x1bPtmux;\x1b\x1b_G")
    assert all(request.startswith("\x1bPtmux;") for request in requests)
