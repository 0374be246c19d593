"""The figures of all saved answers."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from tui.chat.usage import AnswerFigures, UsageReport, summarize
from tui.store.database import Database
from tui.store.fields import count_in, number_in, text_in, time_in


def usage_report(database: Database) -> UsageReport:
    """The usage of all providers. Imported answers of other programs have no provider, and are left out."""
    database.require_writable()
    with database.translated_errors():
        return summarize(_figures(database))


def _figures(database: Database) -> Iterator[AnswerFigures]:
    """The figures of each answer, one row at a time, without its text."""
    with contextlib.closing(
        database.connection.execute(
            "SELECT provider, model, created_at, prompt_tokens, completion_tokens, first_token_s, tokens_per_second "
            "FROM messages WHERE role = 'assistant' AND outcome != 'streaming' AND provider != ''"
        )
    ) as rows:
        for row in rows:
            yield AnswerFigures(
                text_in(row, "provider"),
                text_in(row, "model"),
                time_in(row, "created_at"),
                _tokens(count_in(row, "prompt_tokens")),
                _tokens(count_in(row, "completion_tokens")),
                number_in(row, "first_token_s"),
                number_in(row, "tokens_per_second"),
            )


def _tokens(count: int | None) -> int | None:
    """A number of tokens. None if it is negative, as a server may have reported."""
    return count if count is not None and count >= 0 else None
