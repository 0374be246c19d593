"""Downloads, deletes, copies, loads and unloads the models of an Ollama server.

Source: https://docs.ollama.com/api
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import AsyncGenerator, Callable, Iterator
from typing import Final

from tui.chat.model_info import ModelAction, ModelProgress
from tui.errors import ModelNotFound, ProtocolBroken, ProviderError, RequestRefused, StreamInterrupted
from tui.lazy_pattern import lazy_pattern
from tui.providers.base import ProgressStream
from tui.providers.durations import seconds_in
from tui.providers.error_text import ServerErrorText, error_in
from tui.providers.http import HTTPProvider
from tui.providers.json_values import count_in, text_in
from tui.providers.model_rows import model_rows
from tui.providers.network.response import StreamedResponse
from tui.providers.response_errors import ServerProfile, error_from_stream
from tui.wire.ndjson import NDJSONDecoder
from tui.wire.objects import JSONObject, parse_object

_RESUME_HINT: Final = "Pull the model again: the download continues where it stopped."
_NAME_HINT: Final = "Check the name and its tag: ollama.com/library lists the models."
_DISK_HINT: Final = f"Free disk space on the server. {_RESUME_HINT}"
_VERSION_HINT: Final = "Update Ollama on the server."

_NO_SUCH_MODEL: Final = lazy_pattern(
    r"file does not exist|manifest unknown|\bnot found\b|invalid model name|access denied", re.IGNORECASE
)
_DISK_FULL: Final = lazy_pattern(r"no space left|not enough (disk )?space|disk (is )?full|disk quota", re.IGNORECASE)
_TOO_OLD: Final = lazy_pattern(r"newer version of ollama", re.IGNORECASE)


class OllamaModels:
    """Manages the models of an Ollama server. See `ModelManager`."""

    actions: frozenset[ModelAction] = frozenset({"pull", "delete", "copy", "load", "unload"})
    can_stop_pulls = True

    def __init__(self, server: HTTPProvider, is_remote: Callable[[str], bool]) -> None:
        """Args:
        server: The provider of the server.
        is_remote: Whether a model runs on another machine than the server.
        """
        self._server = server
        self._is_remote = is_remote

    async def pull(self, model: str) -> ProgressStream:
        """Download a model. Closing the stream stops the download; the server keeps the parts that it has."""
        reader = PullReader(self._server.profile, self._server.options.max_event_bytes)
        try:
            async with (
                self._server.open_stream(
                    "POST", "/api/pull", {"model": model, "stream": True}, accept="application/x-ndjson", model=model
                ) as response,
                contextlib.aclosing(_read(response, reader)) as reports,
            ):
                async for progress in reports:
                    yield progress
        except ModelNotFound as error:
            error.hint = _NAME_HINT
            raise
        except StreamInterrupted as error:
            error.hint = _RESUME_HINT
            raise

    async def delete(self, model: str) -> None:
        """Delete a model from the server's disk."""
        await self._server.request_action("DELETE", "/api/delete", {"model": model}, model=model)

    async def copy(self, model: str, new_name: str) -> None:
        """Give a model another name besides its own."""
        await self._server.request_action("POST", "/api/copy", {"source": model, "destination": new_name}, model=model)

    async def load(self, model: str, context_length: int = 0) -> ProgressStream:
        """Load a model into memory, by a chat without messages. The server does not report how far it is."""
        self._require_local(model)
        body: JSONObject = {"model": model, "messages": [], "stream": False}
        keep_alive = self._server.options.keep_alive
        # With 0 the same request would unload the model.
        if keep_alive is not None and seconds_in(keep_alive) != 0:
            body["keep_alive"] = keep_alive
        if context_length:
            body["options"] = {"num_ctx": context_length}
        yield ModelProgress("loading")
        await self._server.request_action("POST", "/api/chat", body, model=model)
        yield ModelProgress("loaded", fraction=1.0)

    async def unload(self, model: str) -> bool:
        """Remove a model from memory. See `ModelManager.unload`."""
        self._require_local(model)
        was_loaded = await self._is_loaded(model)
        # Also if it is not listed: the server may be loading it.
        body: JSONObject = {"model": model, "messages": [], "stream": False, "keep_alive": 0}
        await self._server.request_action("POST", "/api/chat", body, model=model)
        return was_loaded

    async def _is_loaded(self, model: str) -> bool:
        """Whether a model is in memory. True if the server does not tell."""
        try:
            running = await self._server.request_object("GET", "/api/ps")
        except ProviderError:
            return True
        names = {text_in(row, "id") for row in model_rows(running) or []}
        # Ollama adds a tag to names without one.
        return model in names or f"{model}:latest" in names

    def _require_local(self, model: str) -> None:
        if self._is_remote(model):
            raise RequestRefused(
                f"{model} is a cloud model: {self._server.profile.name} does not load it.",
                hint="It can be used without loading.",
            )


class PullReader:
    """Reads the response of `/api/pull`: one line for each step, with the bytes of one layer at a time. No I/O."""

    def __init__(self, profile: ServerProfile, max_event_bytes: int) -> None:
        """Args:
        profile: The server's name and hints, for error messages.
        max_event_bytes: The maximum size of one line.
        """
        self.finished = False
        """Whether the server reported success."""
        self._profile = profile
        self._objects = NDJSONDecoder(max_event_bytes)
        self._layers: dict[str, tuple[int, int]] = {}
        """Downloaded and total bytes of each layer, by its digest: the layers may be reported in turns."""

    def feed(self, data: bytes) -> Iterator[ModelProgress]:
        """The reports that the next bytes complete. Consume the iterator before the next call.

        Raises:
            StreamBroken, ModelNotFound: If the server reports an error; raised after the reports before it.
            ProtocolBroken: If the data does not follow the protocol.
        """
        for event in self._objects.feed(data):
            yield self._progress(event)

    def finish(self, *, interrupted: bool = False) -> Iterator[ModelProgress]:
        """The report in the remaining data, at the end of the body. The last line may have no line end.

        Args:
            interrupted: Whether the connection broke, so that the last line may be incomplete.

        Raises:
            StreamBroken, ModelNotFound, ProtocolBroken: As `feed`.
        """
        if not (rest := self._objects.finish()):
            return
        try:
            event = parse_object(rest)
        except ProtocolBroken:
            if interrupted or rest.startswith("{"):
                return
            raise
        yield self._progress(event)

    def _progress(self, event: JSONObject) -> ModelProgress:
        if error_text := error_in(event):
            raise self._error(error_text)
        status = text_in(event, "status")
        digest, total = text_in(event, "digest"), count_in(event, "total")
        if digest and total is not None:
            # The count is left out while it is 0, and may fall back when a part is downloaded again.
            self._layers[digest] = min(count_in(event, "completed") or 0, total), total
        self.finished = self.finished or status == "success"
        if not self._layers:
            return ModelProgress(status, fraction=1.0 if self.finished else None)
        done = sum(done for done, _ in self._layers.values())
        total = sum(total for _, total in self._layers.values())
        return ModelProgress(status, done, total, done / total if total else None)

    def _error(self, error_text: ServerErrorText) -> ProviderError:
        if _NO_SUCH_MODEL.search(error_text.text):
            return ModelNotFound(f"{self._profile.name} cannot pull the model: {error_text.text.rstrip('.')}.")
        error = error_from_stream(error_text, self._profile)
        if _DISK_FULL.search(error_text.text):
            error.hint = _DISK_HINT
        elif _TOO_OLD.search(error_text.text):
            error.hint = _VERSION_HINT
        else:
            error.hint = f"The server's log may say more. {_RESUME_HINT}"
        return error


async def _read(response: StreamedResponse, reader: PullReader) -> AsyncGenerator[ModelProgress, None]:
    """The reports of a response up to the one of success.

    Raises:
        StreamInterrupted: If the response ended before.
        ProviderError: For any other failure, after the reports before it.
    """
    interruption: StreamInterrupted | None = None
    try:
        async for data in response:
            for progress in reader.feed(data):
                yield progress
            response.content_arrived()
            if reader.finished:
                await response.drain()
                return
    except StreamInterrupted as error:
        interruption = error
    for progress in reader.finish(interrupted=interruption is not None):
        yield progress
    if not reader.finished:
        raise interruption or StreamInterrupted("The server ended the response before the download was complete.")
