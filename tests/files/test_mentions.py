"""Files mentioned in a prompt as `@path`."""

from __future__ import annotations

import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.chat.image import Image
from tui.errors import UsageError
from tui.files.mentions import PromptWithFiles, attach_named, dropped_picture, mention_of, read_mentions

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


@pytest.fixture(autouse=True)
def working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_text_file_is_appended_in_a_fence(working_folder: Path) -> None:
    (working_folder / "add.py").write_text("def add(a, b):\n    return a + b\n")
    assert read_mentions("Explain @add.py please") == PromptWithFiles(
        "Explain add.py please\n\nadd.py:\n\n```py\ndef add(a, b):\n    return a + b\n```"
    )


def test_fence_is_longer_than_any_in_the_file(working_folder: Path) -> None:
    (working_folder / "notes.md").write_text("````\ncode\n````")
    assert read_mentions("@notes.md").text.endswith("notes.md:\n\n`````md\n````\ncode\n````\n`````")


def test_image_is_attached(working_folder: Path) -> None:
    (working_folder / "cat.png").write_bytes(PNG)
    assert read_mentions("What is on @cat.png?") == PromptWithFiles(
        "What is on cat.png?", (Image("image/png", PNG, "cat.png"),)
    )


@pytest.mark.parametrize("mention", ['@"my cat.png"', "@'my cat.png'", "@my\\ cat.png"])
def test_name_with_a_space_is_quoted_or_escaped(working_folder: Path, mention: str) -> None:
    (working_folder / "my cat.png").write_bytes(PNG)
    assert read_mentions(f"What is on {mention}?") == PromptWithFiles(
        "What is on my cat.png?", (Image("image/png", PNG, "my cat.png"),)
    )


def test_file_mentioned_twice_is_attached_once(working_folder: Path) -> None:
    (working_folder / "a.txt").write_text("A")
    assert read_mentions("@a.txt and @a.txt").text == "a.txt and a.txt\n\na.txt:\n\n```txt\nA\n```"


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
def test_at_sign_before_other_words_is_text(written: str) -> None:
    assert read_mentions(written) == PromptWithFiles(written)


@pytest.mark.parametrize(
    "written", ["see @./none.txt", "@../none", '@"no such file"', "@'no such file'", "@~/none-of-that-name"]
)
def test_clearly_mentioned_path_must_exist(written: str) -> None:
    with pytest.raises(UsageError, match="File not found"):
        read_mentions(written)


def test_absolute_path_in_existing_folder_must_exist(working_folder: Path) -> None:
    with pytest.raises(UsageError, match="File not found"):
        read_mentions(f"@{working_folder}/none.txt")


def test_punctuation_belongs_to_name_only_if_file_exists(working_folder: Path) -> None:
    (working_folder / "a.txt").write_text("A")
    (working_folder / "b!").write_text("B")
    assert read_mentions("Read @a.txt, then answer.").text.startswith("Read a.txt, then answer.\n\na.txt:")
    assert read_mentions("Read @b!").text.startswith("Read b!\n\nb!:\n\n```\nB")


def test_folder_is_rejected_only_with_trailing_slash(working_folder: Path) -> None:
    (working_folder / "src").mkdir()
    assert read_mentions("ask @src about it") == PromptWithFiles("ask @src about it")
    with pytest.raises(UsageError, match="is a folder"):
        read_mentions("look at @src/")


def test_too_many_files_are_rejected(working_folder: Path) -> None:
    names = [f"f{number}" for number in range(51)]
    for name in names:
        (working_folder / name).write_text("x")
    with pytest.raises(UsageError, match="51 files"):
        read_mentions(" ".join(f"@{name}" for name in names))


@given(st.text(string.ascii_letters + " '\"\\.,!()[]éß😀", min_size=1, max_size=20))
def test_any_file_name_can_be_mentioned(name: str) -> None:
    if Path(name).name != name or name in (".", ".."):
        return
    path = Path(name)
    path.write_text("in it")
    try:
        gathered = read_mentions(f"see {mention_of(name)} here")
        assert gathered.text.startswith(f"see {name} here\n\n")
        assert "in it" in gathered.text
    finally:
        path.unlink()


def test_recognizes_path_of_a_dropped_image(working_folder: Path) -> None:
    path = working_folder / "my cat.png"
    path.write_bytes(PNG)
    escaped = str(path).replace(" ", "\\ ")
    quoted = str(path).replace(" ", "%20")
    for pasted in (f"{path}", f"'{path}' ", f'"{path}"', escaped, f"file://{quoted}\n"):
        assert dropped_picture(pasted) == str(path), pasted


@pytest.mark.parametrize("pasted", ["", "hello", "cat.png", "/none/cat.png", "a\nb.png", "it's /none/cat.png"])
def test_other_pasted_text_is_not_a_dropped_image(pasted: str) -> None:
    Path("cat.png").write_bytes(PNG)
    assert dropped_picture(pasted) is None


def test_named_files_are_attached_as_mentioned_ones(working_folder: Path) -> None:
    (working_folder / "my notes.txt").write_text("A")
    (working_folder / "cat.png").write_bytes(PNG)

    attached = attach_named("Compare", ["my notes.txt", "cat.png", "my notes.txt"])

    assert attached == PromptWithFiles(
        "Compare\n\nmy notes.txt:\n\n```txt\nA\n```", (Image("image/png", PNG, "cat.png"),)
    )


def test_named_file_needs_no_prompt(working_folder: Path) -> None:
    (working_folder / "a.txt").write_text("A")
    assert attach_named("", ["a.txt"]).text == "a.txt:\n\n```txt\nA\n```"


def test_number_of_named_files_is_limited(working_folder: Path) -> None:
    with pytest.raises(UsageError, match="51 files are too many"):
        attach_named("all", [f"{number}.txt" for number in range(51)])
