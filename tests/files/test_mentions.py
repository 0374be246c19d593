"""Files named in a prompt as `@path`, and what is sent for them."""

from __future__ import annotations

import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.chat.message import Image
from tui.errors import UsageError
from tui.files.mentions import Gathered, dropped_picture, gather, mention_of

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_text_stands_below_the_prompt_in_a_fence_under_its_name(in_a_folder: Path) -> None:
    (in_a_folder / "add.py").write_text("def add(a, b):\n    return a + b\n")
    assert gather("Explain @add.py please") == Gathered(
        "Explain add.py please\n\nadd.py:\n\n```py\ndef add(a, b):\n    return a + b\n```"
    )


def test_a_fence_is_longer_than_any_in_the_file(in_a_folder: Path) -> None:
    (in_a_folder / "notes.md").write_text("````\ncode\n````")
    assert gather("@notes.md").text.endswith("notes.md:\n\n`````md\n````\ncode\n````\n`````")


def test_a_picture_goes_beside_it(in_a_folder: Path) -> None:
    (in_a_folder / "cat.png").write_bytes(PNG)
    assert gather("What is on @cat.png?") == Gathered("What is on cat.png?", (Image("image/png", PNG, "cat.png"),))


def test_a_file_named_twice_goes_once(in_a_folder: Path) -> None:
    (in_a_folder / "a.txt").write_text("A")
    assert gather("@a.txt and @a.txt").text == "a.txt and a.txt\n\na.txt:\n\n```txt\nA\n```"


@pytest.mark.parametrize(
    "written",
    [
        "mail me@example.org",
        "ask @alice, @bob and @carol.",
        "import x from '@/components/x'",
        "import @/components/x",
        "@dataclass class A: pass",
        "an @ alone",
        "npm install @types/node",
    ],
)
def test_an_at_before_what_is_no_file_is_just_text(written: str) -> None:
    assert gather(written) == Gathered(written)


@pytest.mark.parametrize("written", ["see @./none.txt", "@../none", '@"no such file"', "@~/none-of-that-name"])
def test_what_is_surely_meant_to_be_a_file_has_to_be_there(written: str) -> None:
    with pytest.raises(UsageError, match="There is no file"):
        gather(written)


def test_an_absolute_path_into_a_folder_that_is_there_has_to_be_there_too(in_a_folder: Path) -> None:
    with pytest.raises(UsageError, match="There is no file"):
        gather(f"@{in_a_folder}/none.txt")


def test_punctuation_behind_a_name_is_no_part_of_it_unless_it_is(in_a_folder: Path) -> None:
    (in_a_folder / "a.txt").write_text("A")
    (in_a_folder / "b!").write_text("B")
    assert gather("Read @a.txt, then answer.").text.startswith("Read a.txt, then answer.\n\na.txt:")
    assert gather("Read @b!").text.startswith("Read b!\n\nb!:\n\n```\nB")


def test_a_folder_is_refused_only_where_it_is_surely_one(in_a_folder: Path) -> None:
    (in_a_folder / "src").mkdir()
    assert gather("ask @src about it") == Gathered("ask @src about it")
    with pytest.raises(UsageError, match="is a folder"):
        gather("look at @src/")


def test_more_files_than_anybody_means_are_refused(in_a_folder: Path) -> None:
    names = [f"f{number}" for number in range(51)]
    for name in names:
        (in_a_folder / name).write_text("x")
    with pytest.raises(UsageError, match="51 files"):
        gather(" ".join(f"@{name}" for name in names))


@given(st.text(string.ascii_letters + " '\"\\.,!()[]éß😀", min_size=1, max_size=20))
def test_any_name_can_be_mentioned(name: str) -> None:
    if Path(name).name != name or name in (".", ".."):
        return
    path = Path(name)
    path.write_text("in it")
    try:
        gathered = gather(f"see {mention_of(name)} here")
        assert gathered.text.startswith(f"see {name} here\n\n")
        assert "in it" in gathered.text
    finally:
        path.unlink()


def test_a_picture_that_is_dropped_is_known_by_what_the_terminal_pastes(in_a_folder: Path) -> None:
    path = in_a_folder / "my cat.png"
    path.write_bytes(PNG)
    escaped = str(path).replace(" ", "\\ ")
    quoted = str(path).replace(" ", "%20")
    for pasted in (f"{path}", f"'{path}' ", f'"{path}"', escaped, f"file://{quoted}\n"):
        assert dropped_picture(pasted) == str(path), pasted


@pytest.mark.parametrize("pasted", ["", "hello", "cat.png", "/none/cat.png", "a\nb.png", "it's /none/cat.png"])
def test_no_other_text_is_taken_for_a_picture(pasted: str) -> None:
    Path("cat.png").write_bytes(PNG)
    assert dropped_picture(pasted) is None
