"""The external editor as a real program, and the check of web addresses."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import pytest

from tui.errors import UsageError
from tui.ui.external_editor import edit_in_editor, is_web_address, open_in_editor


@pytest.fixture
def editor(tmp_path: Path) -> str:
    """An editor command with an argument, in a folder with a blank in its name, that prepends `ed: `."""
    folder = tmp_path / "my editors"
    folder.mkdir()
    script = folder / "ed.py"
    script.write_text(
        "import pathlib, sys\n"
        "file = pathlib.Path(sys.argv[2])\n"
        "print(file.suffix, file=open(sys.argv[1], 'w'))\n"
        "file.write_bytes(b'ed: ' + file.read_bytes() + b'\\n')\n"
    )
    return shlex.join([sys.executable, str(script), str(tmp_path / "suffix")])


def exits(code: int) -> str:
    return shlex.join([sys.executable, "-c", f"raise SystemExit({code})"])


def test_returns_text_saved_by_editor(editor: str, tmp_path: Path) -> None:
    assert edit_in_editor("grüße 🙂\nzwei", {"EDITOR": editor}) == "ed: grüße 🙂\nzwei"
    assert (tmp_path / "suffix").read_text().strip() == ".md"


def test_visual_takes_precedence_over_editor(editor: str) -> None:
    assert edit_in_editor("x", {"VISUAL": editor, "EDITOR": exits(1)}) == "ed: x"


def test_empty_visual_is_ignored(editor: str) -> None:
    assert edit_in_editor("x", {"VISUAL": "", "EDITOR": editor}) == "ed: x"


@pytest.mark.parametrize("text", ["", "one line", "ends in a newline\n", "two\n\n"])
def test_unchanged_text_is_returned_unchanged(text: str) -> None:
    assert edit_in_editor(text, {"EDITOR": exits(0)}) == text


def test_failing_editor_raises_usage_error() -> None:
    with pytest.raises(UsageError, match="failed; the prompt is unchanged"):
        edit_in_editor("x", {"EDITOR": exits(3)})


@pytest.mark.parametrize("command", ["/nowhere/at-all", '"unfinished'])
def test_missing_editor_names_variables_to_set(command: str) -> None:
    with pytest.raises(UsageError, match="cannot be started") as failure:
        edit_in_editor("x", {"EDITOR": command})
    assert "VISUAL or EDITOR" in failure.value.hint


@pytest.mark.parametrize("address", ["http://example.org", "https://example.org/a?b=c#d", "HTTPS://EXAMPLE.ORG"])
def test_http_addresses_are_web_addresses(address: str) -> None:
    assert is_web_address(address)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ftp://example.org",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "//example.org",
        " https://example.org",
        "https://example.org/a b",
        "https://example.org/\x1b[2J",
        "https://example.org/\u202egro",
        "https://example.org/\n--flag",
    ],
)
def test_other_addresses_are_not_web_addresses(address: str) -> None:
    assert not is_web_address(address)


def test_file_is_edited_in_place(editor: str, tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("# mine\n")
    assert open_in_editor(path, {"EDITOR": editor}) == editor
    assert path.read_text() == "ed: # mine\n\n"


def test_failing_editor_of_a_file_is_reported(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"The editor .* failed\.$"):
        open_in_editor(tmp_path / "config.toml", {"EDITOR": exits(3)})
