"""Expands files mentioned in a prompt as `@path` into attachments."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import PurePath
from typing import Final, NamedTuple
from urllib.parse import unquote, urlsplit

from tui.chat.fences import fenced
from tui.chat.image import Image
from tui.errors import UsageError
from tui.files.reading import TextFile, exists, is_folder, path_of, read_file
from tui.lazy_pattern import lazy_pattern
from tui.on_demand import shlex

_MENTION: Final = lazy_pattern(r"""(?<!\S)@(?:"([^"\n]+)"|'([^'\n]+)'(?!\w)|((?:\\.|[^\s\\"])(?:\\.|[^\s\\])*))""")
_ESCAPED: Final = lazy_pattern(r"\\(.)")
_PUNCTUATION: Final = ".,;:!?)]}'\""
_LANGUAGE: Final = lazy_pattern(r"[a-zA-Z0-9_+-]{1,12}")
_IMAGE_SUFFIXES: Final = (".png", ".jpg", ".jpeg", ".gif", ".webp")
_MAX_FILES: Final = 50


class PromptWithFiles(NamedTuple):
    """A prompt with its attachments."""

    text: str
    images: tuple[Image, ...] = ()


class _Mention(NamedTuple):
    start: int
    end: int
    name: str


def read_mentions(written: str) -> PromptWithFiles:
    """A prompt with the mentioned files: texts in fences below the prompt, and images.

    `@name` becomes the bare name, so that a sent prompt can be edited and sent
    again. An `@` before a word that is not a file is left unchanged.

    Raises:
        UsageError: If a mentioned file cannot be attached, or a clearly mentioned path does not exist.
    """
    mentions = tuple(_mentions(written))
    if not mentions:
        return PromptWithFiles(written)
    parts, end = [], 0
    for mention in mentions:
        parts += [written[end : mention.start], mention.name]
        end = mention.end
    return attach_named("".join([*parts, written[end:]]), [mention.name for mention in mentions])


def attach_named(prompt: str, names: Iterable[str]) -> PromptWithFiles:
    """A prompt with files: texts in fences below the prompt, and images. A file that is named twice is attached once.

    Args:
        prompt: The text above the files. May be empty.
        names: The paths, as the user typed them.

    Raises:
        UsageError: If a file cannot be attached, or there are too many.
    """
    unique = tuple(dict.fromkeys(names))
    if len(unique) > _MAX_FILES:
        raise UsageError(
            f"{len(unique)} files are too many for one prompt; the limit is {_MAX_FILES}.", hint="Attach fewer."
        )
    files = [read_file(name) for name in unique]
    parts = [
        prompt.rstrip() if unique else prompt,
        *(_fenced_file(file) for file in files if isinstance(file, TextFile)),
    ]
    images = tuple(file for file in files if isinstance(file, Image))
    return PromptWithFiles("\n\n".join(filter(None, parts)), images)


def mention_of(name: str) -> str:
    """The mention of a file in a prompt: `@notes.txt`, `@"my notes.txt"`."""
    if '"' in name:
        return "@" + re.sub(r"""([\s\\"'])""", r"\\\1", name)
    return f'@"{name}"' if re.search(r"[\s\\]|^'", name) or name.endswith(tuple(_PUNCTUATION)) else f"@{name}"


def dropped_picture(pasted: str) -> str | None:
    """The path of an image file that was dropped on the terminal, which pastes the path. None for any other text."""
    text = pasted.strip()
    if not text or "\n" in text or len(text) > 4_096 or not text.lower().rstrip("'\"").endswith(_IMAGE_SUFFIXES):
        return None
    if text.startswith("file://"):
        names = [unquote(urlsplit(text).path)]
    else:
        try:
            names = [text, *(parts if len(parts := shlex.split(text)) == 1 else [])]
        except ValueError:
            names = [text]
    return next((name for name in names if path_of(name).is_absolute() and exists(name)), None)


def _mentions(written: str) -> Iterator[_Mention]:
    for found in _MENTION.finditer(written):
        double, single, bare = found.groups()
        if bare is None:
            yield _Mention(found.start(), found.end(), _existing(double or single))
            continue
        name = _ESCAPED.sub(r"\1", bare)
        stripped = name.rstrip(_PUNCTUATION)
        for candidate in dict.fromkeys((name, stripped)):
            # Any word may follow an @: a folder counts only if it ends with a slash.
            if candidate and exists(candidate) and (candidate.endswith("/") or not is_folder(candidate)):
                yield _Mention(found.start(), found.end() - (len(name) - len(candidate)), candidate)
                break
        else:
            if _is_clearly_a_path(stripped):
                yield _Mention(found.start(), found.end(), _existing(stripped))


def _existing(name: str) -> str:
    """The name of a clearly mentioned file.

    Raises:
        UsageError: If the file does not exist.
    """
    if not exists(name):
        raise UsageError(f"File not found: {name}.", hint="Check the name, or remove the @ to send it as text.")
    return name


def _is_clearly_a_path(name: str) -> bool:
    if name.startswith(("./", "../", "~/")):
        return True
    # `@/components` may be an import in source code: it counts as a path only if its folder exists.
    folder = name.rpartition("/")[0]
    return name.startswith("/") and bool(folder) and is_folder(folder)


def _fenced_file(file: TextFile) -> str:
    suffix = PurePath(file.name).suffix[1:]
    language = suffix if _LANGUAGE.fullmatch(suffix) else ""
    return f"{' '.join(file.name.split())}:\n\n{fenced(file.text, language)}"
