"""Files named in a prompt as `@path` → the prompt as it is sent, with what is in them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import PurePath
from typing import Final, NamedTuple
from urllib.parse import unquote, urlsplit

from tui.chat.fences import fenced
from tui.chat.message import Image
from tui.errors import UsageError
from tui.files.reading import TextFile, is_folder, is_there, path_of, read_file

_MENTION: Final = re.compile(r'(?<!\S)@(?:"([^"\n]+)"|((?:\\.|[^\s\\"])(?:\\.|[^\s\\])*))')
_ESCAPED: Final = re.compile(r"\\(.)")
_PUNCTUATION: Final = ".,;:!?)]}'\""
_LANGUAGE: Final = re.compile(r"[a-zA-Z0-9_+-]{1,12}")
_PICTURES: Final = (".png", ".jpg", ".jpeg", ".gif", ".webp")
_MOST_FILES: Final = 50


class Gathered(NamedTuple):
    """A prompt as it is sent."""

    text: str
    images: tuple[Image, ...] = ()


class _Mention(NamedTuple):
    start: int
    end: int
    name: str


def gather(written: str) -> Gathered:
    """A prompt with the files that it names: texts in fences below it, pictures beside it.

    `@name` in it becomes the bare name, so that what was sent can be written
    on and sent again. An `@` before what is no file stays as it is.

    Raises:
        UsageError: When a file that is there cannot go with it, or one is meant that is not there.
    """
    mentions = tuple(_mentions(written))
    if not mentions:
        return Gathered(written)
    names = dict.fromkeys(mention.name for mention in mentions)
    if len(names) > _MOST_FILES:
        raise UsageError(f"These are {len(names)} files; {_MOST_FILES} can go with one prompt.", hint="Name fewer.")
    files = [read_file(name) for name in names]
    parts, at = [], 0
    for mention in mentions:
        parts += [written[at : mention.start], mention.name]
        at = mention.end
    prose = "".join([*parts, written[at:]]).rstrip()
    texts = [_block(file) for file in files if isinstance(file, TextFile)]
    return Gathered("\n\n".join([prose, *texts]), tuple(file for file in files if isinstance(file, Image)))


def mention_of(name: str) -> str:
    """How a file is named in a prompt: `@notes.txt`, `@"my notes.txt"`."""
    if '"' in name:
        return "@" + re.sub(r'([\s\\"])', r"\\\1", name)
    return f'@"{name}"' if re.search(r"[\s\\]", name) or name.endswith(tuple(_PUNCTUATION)) else f"@{name}"


def dropped_picture(pasted: str) -> str | None:
    """The picture's path that a pasted text is: what terminals paste when a file is dropped there. Else None."""
    text = pasted.strip()
    if not text or "\n" in text or len(text) > 4_096 or not text.lower().rstrip("'\"").endswith(_PICTURES):
        return None
    if text.startswith("file://"):
        names = [unquote(urlsplit(text).path)]
    else:
        try:
            names = [text, *(parts if len(parts := shlex.split(text)) == 1 else [])]
        except ValueError:
            names = [text]
    return next((name for name in names if path_of(name).is_absolute() and is_there(name)), None)


def _mentions(written: str) -> Iterator[_Mention]:
    for found in _MENTION.finditer(written):
        quoted, bare = found.groups()
        if quoted is not None:
            yield _Mention(found.start(), found.end(), _meant(quoted))
            continue
        name = _ESCAPED.sub(r"\1", bare)
        stripped = name.rstrip(_PUNCTUATION)
        for candidate in dict.fromkeys((name, stripped)):
            # A word after an @ may be anything; only with a slash at its end is it surely a folder.
            if candidate and is_there(candidate) and (candidate.endswith("/") or not is_folder(candidate)):
                yield _Mention(found.start(), found.end() - (len(name) - len(candidate)), candidate)
                break
        else:
            if _is_surely_a_path(stripped):
                yield _Mention(found.start(), found.end(), _meant(stripped))


def _meant(name: str) -> str:
    """A name of what is surely meant to be a file.

    Raises:
        UsageError: When there is none.
    """
    if not is_there(name):
        raise UsageError(f"There is no file {name}.", hint="Check its name; without the @ it is sent as text.")
    return name


def _is_surely_a_path(name: str) -> bool:
    if name.startswith(("./", "../", "~/")):
        return True
    # `@/components` may be an import: it is a path where there is such a folder.
    folder = name.rpartition("/")[0]
    return name.startswith("/") and bool(folder) and is_folder(folder)


def _block(file: TextFile) -> str:
    suffix = PurePath(file.name).suffix[1:]
    language = suffix if _LANGUAGE.fullmatch(suffix) else ""
    return f"{' '.join(file.name.split())}:\n\n{fenced(file.text, language)}"
