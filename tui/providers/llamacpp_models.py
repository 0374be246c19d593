"""Manages the models of llama.cpp's router: download, delete, load, unload.

The router answers at once that a load or a download has begun. What happens then is in its list of models, which is the
truth, and in its stream of events, which has the progress. Versions without that stream are followed by their list.

A router loads each model with the arguments of its own command line, so a request cannot choose the context length.

Source: https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md#using-multiple-models
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Mapping
from typing import Any, Final
from urllib.parse import quote

from tui.chat.model_info import ModelAction, ModelProgress
from tui.errors import ProviderError, RequestRefused, ServerFailed
from tui.providers.base import ProgressStream
from tui.providers.json_values import count_in, mapping_in, text_in
from tui.providers.llamacpp_server import LlamaCppServer, load_fraction, state_of
from tui.wire.objects import JSONObject

_LOOK_S: Final = 0.5
"""How long to wait for an event before the list is looked at again, in seconds."""

_IN_MEMORY: Final = frozenset({"loading", "loaded", "sleeping"})


class LlamaCppModels:
    """The models of one router. See `ModelManager`."""

    actions: frozenset[ModelAction] = frozenset({"pull", "delete", "load", "unload"})
    can_stop_pulls = True

    def __init__(self, server: LlamaCppServer) -> None:
        """Args:
        server: The router.
        """
        self._server = server
        self._provider = server.provider
        self._path = f"{server.root}/models"

    async def pull(self, model: str) -> ProgressStream:
        """Download a model from Hugging Face, or follow its running download. Closing the stream stops the download.

        Args:
            model: The repository, with a quantization or without: `owner/name-GGUF:Q4_K_M`.
        """
        is_running = False
        try:
            async with contextlib.aclosing(self._events_about(model)) as events:
                if await self._state(model) != "downloading":
                    await self._provider.request_action("POST", self._path, {"model": model}, model=model)
                is_running = True
                yield ModelProgress("downloading")
                while True:
                    event = await anext(events)
                    if progress := _download_progress(event):
                        yield progress
                        continue
                    if text_in(event, "event") == "download_failed":
                        is_running = False
                        raise self._failure(f"could not download {model}")
                    rows = await self._server.rows()
                    if state_of(rows.get(model, {})) != "downloading":
                        break
            is_running = False
            # The router reports success even if there was nothing to download. Its own name for a model has the
            # quantization.
            if not any(name == model or name.startswith(f"{model}:") for name in rows):
                raise self._failure(f"has no model {model} after the download")
            yield ModelProgress("success", fraction=1.0)
        finally:
            if is_running:
                with contextlib.suppress(ProviderError):
                    await self.unload(model)

    async def delete(self, model: str) -> None:
        """Delete a downloaded model.

        Raises:
            RequestRefused: If the model is of the server's `--models-dir` or presets, which it does not change.
        """
        if (await self._server.rows()).get(model, {}).get("can_remove") is False:
            raise RequestRefused(
                f"{self._provider.name} cannot delete {model}: the server did not download it.",
                hint="Delete its file in the server's folder of models, or its entry in the models preset.",
            )
        await self._provider.request_action("DELETE", f"{self._path}?model={quote(model, safe='')}", {}, model=model)

    async def copy(self, model: str, new_name: str) -> None:
        """Refused: a router cannot do this.

        Raises:
            RequestRefused: Always.
        """
        raise RequestRefused(
            f"{self._provider.name} cannot copy {model} to {new_name}.",
            hint="llama-server gets other names for a model with `--alias`.",
        )

    async def load(self, model: str, context_length: int = 0) -> ProgressStream:
        """Load a model into memory. See `ModelManager.load`.

        Raises:
            RequestRefused: If a context length is given.
        """
        if context_length:
            raise RequestRefused(
                f"{self._provider.name} cannot choose the context of one model.",
                hint="Start llama-server with `-c LENGTH`, or set ctx-size in its models preset.",
            )
        async with contextlib.aclosing(self._events_about(model)) as events:
            state = await self._state(model)
            if state in ("loaded", "sleeping"):
                yield ModelProgress("already loaded", fraction=1.0)
                return
            # The server refuses to load a model that a request loads already.
            if state != "loading":
                await self._provider.request_action("POST", f"{self._path}/load", {"model": model}, model=model)
            yield ModelProgress("loading")
            while True:
                event = await anext(events)
                if (fraction := load_fraction(event)) is not None:
                    yield ModelProgress("loading", fraction=fraction)
                    continue
                row = (await self._server.rows()).get(model, {})
                state = state_of(row)
                if state in ("loaded", "sleeping"):
                    break
                if state != "loading":
                    code = count_in(mapping_in(row, "status"), "exit_code")
                    reason = "" if code is None else f": its process ended with exit code {code}"
                    raise self._failure(f"could not load {model}{reason}")
        yield ModelProgress("loaded", fraction=1.0)

    async def unload(self, model: str) -> bool:
        """Remove a model from memory, or stop its download. The server says yes at once, and takes a while.

        Returns:
            Whether it was in memory or being downloaded.
        """
        async with contextlib.aclosing(self._events_about(model)) as events:
            # The server refuses to unload a model that is not in memory.
            if await self._state(model) == "unloaded":
                return False
            await self._provider.request_action("POST", f"{self._path}/unload", {"model": model}, model=model)
            while await self._state(model) in _IN_MEMORY:
                await anext(events)
        return True

    async def _state(self, model: str) -> str:
        """The state of a model in the list. Empty if it is not listed."""
        return state_of((await self._server.rows()).get(model, {}))

    async def _events_about(self, model: str) -> AsyncGenerator[JSONObject, None]:
        """The router's events about a model, and an empty one whenever it is time to look at the list.

        The events are requested with the first step, and the stream of events may fail or end at any time.
        """
        events = self._server.events()
        waiting: asyncio.Task[JSONObject | None] | None = None
        try:
            while True:
                if waiting is None:
                    waiting = asyncio.ensure_future(_next_event(events))
                finished, _ = await asyncio.wait({waiting}, timeout=_LOOK_S)
                if not finished:
                    yield {}
                    continue
                event = waiting.result()
                # Without events, the list alone is looked at.
                waiting = waiting if event is None else None
                if event is None:
                    await asyncio.sleep(_LOOK_S)
                    yield {}
                elif text_in(event, "model") == model:
                    yield event
        finally:
            if waiting is not None:
                waiting.cancel()
                await asyncio.wait({waiting})
            await events.aclose()

    def _failure(self, what: str) -> ServerFailed:
        return ServerFailed(f"{self._provider.name} {what}.", hint="The server's log may say why.", is_transient=False)


async def _next_event(events: AsyncGenerator[JSONObject, None]) -> JSONObject | None:
    """The next event. None if there are no more: the stream ended or broke, or the server has none."""
    with contextlib.suppress(ProviderError):
        return await anext(events, None)
    return None


def _download_progress(event: JSONObject) -> ModelProgress | None:
    """The progress in an event of a download, of all its files together. None if the event is another one.

    Args:
        event: `{"event": "download_progress", "data": {"progress": {URL: {"done": int, "total": int}}}}`. The server's
            documentation has the files directly under `data`.
    """
    if text_in(event, "event") != "download_progress":
        return None
    data = mapping_in(event, "data")
    files: Mapping[str, Any] = mapping_in(data, "progress") or data
    counts = [(count_in(file, "done"), count_in(file, "total")) for file in files.values() if isinstance(file, dict)]
    done = sum(count or 0 for count, _ in counts)
    total = sum(count or 0 for _, count in counts)
    return ModelProgress("downloading", done, total or None, min(1.0, done / total) if total else None)
