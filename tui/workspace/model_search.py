"""Finds models by what a user types: in a list that is filtered, or as the argument of `/model`. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from tui.chat.fuzzy import match
from tui.workspace.model_entry import ModelEntry, abilities
from tui.workspace.target import Target

_DISPLAY_NAME: Final = 500
"""How much worse a match in the name for people is than one in the name for requests."""

_PROVIDER: Final = 3_000
_ABILITY: Final = 3_500
"""The scores of words that name the provider, or what a model can do. See `tui.chat.fuzzy`."""

_ALSO: Final = {
    "see": ("vision", "image", "picture"),
    "think": ("reasoning",),
    "tools": ("functions",),
    "embed": ("embedding",),
}
"""Other names of abilities."""


class ModelFilter:
    """Filters models while the user types: with each letter only those that matched before it are tried."""

    def __init__(self, entries: Sequence[ModelEntry]) -> None:
        """Args:
        entries: The models in their order, which decides among equals.
        """
        self._entries = entries
        self._typed = ""
        self._candidates = entries
        """The models that match `_typed`, in their order."""

    def find(self, typed: str) -> list[ModelEntry]:
        """The models that match all typed words, the best first; what may not chat is last.

        A word matches the name, the start of the provider, or the start of an ability: `see`, `think`, `tools`,
        `cloud`.

        Args:
            typed: What the user typed. Blank for all models in their order.
        """
        words = typed.casefold().split()
        if not words:
            return list(self._entries)
        # A model that matches a longer text matches its beginning too.
        known = self._candidates if self._typed and typed.startswith(self._typed) else self._entries
        scored = [(score, entry) for entry in known if (score := _score(words, entry)) is not None]
        self._typed, self._candidates = typed, [entry for _, entry in scored]
        scored.sort(key=lambda each: (not each[1].can_chat, each[0]))
        return [entry for _, entry in scored]


def matched_letters(typed: str, name: str) -> frozenset[int]:
    """The indexes of the letters of a name that match typed words."""
    folded = name.casefold()
    if len(folded) != len(name):
        # Some letters become two: the indexes would be those of other letters.
        return frozenset()
    found = (match(word, folded) for word in typed.casefold().split())
    return frozenset(at for each in found if each is not None for at in each.positions)


def find_models(wanted: str, current: str, names: Mapping[str, Sequence[str]]) -> tuple[Target, ...]:
    """The models that a text means. One if it is clear, several if it is not, none if nothing fits.

    An exact name comes first, in the provider in use and then elsewhere, also as `PROVIDER/NAME`. Then come names that
    start with the text, that contain it, and that match it letter by letter.

    Args:
        wanted: What the user typed.
        current: The provider in use.
        names: For each provider the names of its models.
    """
    if wanted in names.get(current, ()):
        return (Target(current, wanted),)
    everywhere = [Target(provider, name) for provider, listed in names.items() for name in listed]
    exact = [target for target in everywhere if wanted in (target.model, f"{target.provider}/{target.model}")]
    if exact:
        return tuple(exact)
    here = [target for target in everywhere if target.provider == current]
    folded = wanted.casefold()

    def starts(name: str) -> bool:
        return name.startswith(folded)

    def contains(name: str) -> bool:
        return folded in name

    def is_like(name: str) -> bool:
        return all(match(word, name) is not None for word in folded.split())

    steps: tuple[tuple[Callable[[str], bool], list[Target]], ...] = (
        *((test, targets) for targets in (here, everywhere) for test in (starts, contains)),
        *((is_like, targets) for targets in (here, everywhere)),
    )
    for test, targets in steps:
        if found := tuple(target for target in targets if test(target.model.casefold())):
            return found
    return ()


def _means(word: str, ability: str) -> bool:
    """Whether a typed word means an ability, also by a name that servers have for it."""
    return any(name.startswith(word) for name in (ability, *_ALSO.get(ability, ())))


def _score(words: Sequence[str], entry: ModelEntry) -> int | None:
    """How well an entry matches, 0 being best. None if a word is missing."""
    total = 0
    for word in words:
        scores = []
        if found := match(word, entry.target.model.casefold()):
            scores.append(found.score)
        if entry.info.display_name and (found := match(word, entry.info.display_name.casefold())):
            scores.append(found.score + _DISPLAY_NAME)
        if entry.target.provider.casefold().startswith(word):
            scores.append(_PROVIDER)
        if not scores and any(_means(word, ability) for ability in abilities(entry.info)):
            scores.append(_ABILITY)
        if not scores:
            return None
        total += min(scores)
    return total
