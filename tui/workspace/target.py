"""A model of a provider, by their names."""

from __future__ import annotations

from typing import NamedTuple


class Target(NamedTuple):
    """A model that a prompt can go to."""

    provider: str
    model: str
