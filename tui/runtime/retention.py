"""Deletes conversations by age, if the user has set `keep_days`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tui.runtime.runtime import Runtime

DAY_S: Final = 86_400.0


async def delete_expired(runtime: Runtime, *, but_latest: bool) -> int:
    """Delete conversations that were not used for `keep_days` days. Pinned ones stay. Returns how many were deleted.

    Args:
        runtime: The settings and the store.
        but_latest: Whether the latest conversation stays, as it is about to be opened.

    Raises:
        StoreError: If they cannot be deleted.
    """
    days = runtime.settings.keep_days
    if not days:
        return 0
    # Imported here because the setting is off by default, and the first paint does not need SQLite.
    from tui.store.conversations import ConversationStore
    from tui.store.deleting import BATCH_SIZE

    conversations = runtime.conversations
    since = time.time() - days * DAY_S
    ids = await conversations.call(lambda store: store.unused_since(since, but_latest=but_latest))
    deleted = 0
    for at in range(0, len(ids), BATCH_SIZE):
        deleted += await conversations.call(ConversationStore.delete_all_of, ids[at : at + BATCH_SIZE])
    return deleted
