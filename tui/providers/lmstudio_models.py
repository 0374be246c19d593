"""Downloads, loads and unloads the models of an LM Studio server, since LM Studio 0.4.

Source: https://lmstudio.ai/docs/developer/rest
"""

from __future__ import annotations

import asyncio
from typing import Final
from urllib.parse import quote

from tui.chat.model_info import ModelAction, ModelProgress
from tui.errors import ABSENT_ERRORS, ModelNotFound, ProtocolBroken, RequestRefused, ServerFailed, StreamInterrupted
from tui.providers.base import ProgressStream
from tui.providers.http import HTTPProvider
from tui.providers.json_values import count_in, text_in
from tui.providers.lmstudio_info import instances_of
from tui.wire.objects import JSONObject

LIST_PATH: Final = "/api/v1/models"

_POLL_S: Final = 0.5
"""How often to ask for the progress of a download, in seconds."""

_RESUME_HINT: Final = "Pull the model again to see its progress: LM Studio may continue the download by itself."
_RUNNING: Final = frozenset({"downloading", "paused"})
_DONE: Final = frozenset({"completed", "already_downloaded"})


class LMStudioModels:
    """Manages the models of an LM Studio server. See `ModelManager`. Its API cannot delete or copy models."""

    actions: frozenset[ModelAction] = frozenset({"pull", "load", "unload"})
    can_stop_pulls = False

    def __init__(self, server: HTTPProvider) -> None:
        self._server = server

    async def pull(self, model: str) -> ProgressStream:
        """Download a model from LM Studio's catalogue. Its API cannot stop a download: it goes on if this is closed."""
        try:
            job = await self._server.request_action("POST", f"{LIST_PATH}/download", {"model": model}, model=model)
        except (ModelNotFound, RequestRefused) as error:
            error.hint = "Check the name: lmstudio.ai/models lists the models. A Hugging Face link works, too."
            raise
        job_id = text_in(job, "job_id")
        yield self._progress(job)
        while text_in(job, "status") in _RUNNING:
            await asyncio.sleep(_POLL_S)
            job = await self._poll(job_id)
            yield self._progress(job)

    async def delete(self, model: str) -> None:
        """Not supported by LM Studio."""
        raise self._unsupported(f"delete {model}")

    async def copy(self, model: str, new_name: str) -> None:  # noqa: ARG002
        """Not supported by LM Studio."""
        raise self._unsupported(f"copy {model}")

    async def load(self, model: str, context_length: int = 0) -> ProgressStream:
        """Load a model into memory. One that is loaded with another context is unloaded first.

        The server does not report how far it is.
        """
        instances = await self._instances(model)
        if instances and (not context_length or any(context == context_length for _, context in instances)):
            yield ModelProgress("already loaded", fraction=1.0)
            return
        # LM Studio would load the model once more, beside the instances that it has.
        for instance_id, _ in instances:
            await self._unload(instance_id)
        yield ModelProgress("loading")
        body: JSONObject = {"model": model} | ({"context_length": context_length} if context_length else {})
        await self._server.request_action("POST", f"{LIST_PATH}/load", body, model=model)
        yield ModelProgress("loaded", fraction=1.0)

    async def unload(self, model: str) -> bool:
        """Remove all instances of a model from memory, or the one with that name. Returns whether there was one."""
        instances = await self._instances(model)
        for instance_id, _ in instances:
            await self._unload(instance_id)
        return bool(instances)

    async def _unload(self, instance_id: str) -> None:
        await self._server.request_action(
            "POST", f"{LIST_PATH}/unload", {"instance_id": instance_id}, model=instance_id
        )

    async def _instances(self, model: str) -> list[tuple[str, int | None]]:
        """The loaded instances of a model: id and context length.

        Raises:
            ModelNotFound: If the server does not have the model.
        """
        instances = instances_of(await self._server.request_object("GET", LIST_PATH), model)
        if instances is None:
            profile = self._server.profile
            raise ModelNotFound(f"{profile.name} has no model {model}.", hint=profile.get_model.format(model=model))
        return instances

    async def _poll(self, job_id: str) -> JSONObject:
        """The present state of a download."""
        try:
            return await self._server.request_object("GET", f"{LIST_PATH}/download/status/{quote(job_id, safe='')}")
        except ABSENT_ERRORS as error:
            raise StreamInterrupted(
                f"{self._server.profile.name} went away during the download: {error}", hint=_RESUME_HINT
            ) from error
        except StreamInterrupted as error:
            error.hint = _RESUME_HINT
            raise

    def _progress(self, job: JSONObject) -> ModelProgress:
        """The progress that a job reports.

        Raises:
            ServerFailed: If the download failed.
            ProtocolBroken: If the server reports something else than a job.
        """
        status = text_in(job, "status")
        name = self._server.profile.name
        if status == "failed":
            hint = f"LM Studio's Downloads page may say why, such as a full disk. {_RESUME_HINT}"
            raise ServerFailed(f"{name} could not download the model.", hint=hint)
        if status not in _RUNNING | _DONE or (status in _RUNNING and not text_in(job, "job_id")):
            raise ProtocolBroken(
                f"{name} sent an unknown state of a download: {status or 'none'}.",
                hint="Look at LM Studio's Downloads page.",
            )
        total = count_in(job, "total_size_bytes")
        done = total if status in _DONE else count_in(job, "downloaded_bytes")
        fraction = 1.0 if status in _DONE else None
        if total and done is not None and status in _RUNNING:
            done = min(done, total)
            fraction = done / total
        return ModelProgress(status.replace("_", " "), done, total, fraction)

    def _unsupported(self, what: str) -> RequestRefused:
        return RequestRefused(
            f"{self._server.profile.name} cannot {what}: LM Studio's API cannot do that.", hint="Do it in LM Studio."
        )
