"""Models that the user marked as favourites, and models that conversations used."""

from __future__ import annotations

from tui.store.database import Database
from tui.store.fields import storable, text_in

ModelKey = tuple[str, str]
"""The name of a provider, and the name of one of its models."""


def favourites(database: Database) -> tuple[ModelKey, ...]:
    """The favourite models, in the order in which they were marked."""
    rows = database.query("SELECT provider, model FROM favourites ORDER BY seq")
    return tuple((text_in(row, "provider"), text_in(row, "model")) for row in rows)


def set_favourite(database: Database, provider: str, model: str, *, favourite: bool) -> None:
    """Mark a model as a favourite, or no longer. A model that is marked already keeps its place."""
    keys = (storable(provider), storable(model))
    if favourite:
        database.change("INSERT OR IGNORE INTO favourites (provider, model) VALUES (?, ?)", *keys)
    else:
        database.change("DELETE FROM favourites WHERE provider = ? AND model = ?", *keys)


def rename_provider(database: Database, before: str, name: str) -> None:
    """Let favourites, conversations and answers of a provider be those of its new name."""
    keys = (storable(name), storable(before))
    # A model that is a favourite under both names keeps the place of the new one.
    database.change("UPDATE OR IGNORE favourites SET provider = ? WHERE provider = ?", *keys)
    database.change("DELETE FROM favourites WHERE provider = ?", storable(before))
    database.change("UPDATE conversations SET provider = ? WHERE provider = ?", *keys)
    database.change("UPDATE messages SET provider = ? WHERE provider = ?", *keys)


def recent_models(database: Database, limit: int) -> tuple[ModelKey, ...]:
    """The models that conversations used, the latest first, without duplicates."""
    rows = database.query(
        "SELECT provider, model, max(updated_at) AS used_at FROM conversations WHERE model != '' "
        "GROUP BY provider, model ORDER BY used_at DESC, provider, model LIMIT ?",
        (limit,),
    )
    return tuple((text_in(row, "provider"), text_in(row, "model")) for row in rows)
