"""Error responses about the model: not loaded, not found, out of memory, context exceeded."""

from __future__ import annotations

from typing import Final

from tests.providers.faults.fault import EVENT_STREAMS, LM_STUDIO, MAX_ATTEMPTS, OLLAMA, Fault
from tests.providers.faults.servers import responds

MODEL_ERRORS: Final = (
    Fault(
        "The server times out while loading the model",
        responds(500, {"error": "timed out waiting for llama runner to start - progress 0.00 - "}),
        OLLAMA,
        error_kind="server",
        expected_words=("timed out waiting for llama runner", "OLLAMA_LOAD_TIMEOUT", "smaller"),
        attempts=MAX_ATTEMPTS,
    ),
    Fault(
        "The model does not fit in memory",
        responds(500, {"error": "model requires more system memory (48.2 GiB) than is available (13.4 GiB)"}),
        OLLAMA,
        error_kind="server",
        expected_words=("48.2 GiB", "smaller"),
        attempts=MAX_ATTEMPTS,
    ),
    Fault(
        "Loading the model on demand is cancelled",
        responds(400, {"error": {"message": 'Failed to load model "m". Error: Operation canceled.'}}),
        LM_STUDIO,
        error_kind="bad_request",
        expected_words=("Operation canceled", "in the server itself"),
    ),
    Fault(
        "No model is loaded",
        responds(
            400,
            {
                "error": {
                    "message": "No models loaded. Please load a model in the developer page or use the 'lms load' "
                    "command.",
                    "type": "invalid_request_error",
                    "param": "model",
                    "code": None,
                }
            },
        ),
        LM_STUDIO,
        error_kind="bad_request",
        expected_words=("lms load",),
    ),
    Fault(
        "The model crashes before it answers",
        responds(400, {"error": "The model has crashed without additional information. (Exit code: null)"}),
        LM_STUDIO,
        error_kind="bad_request",
        expected_words=("has crashed",),
    ),
    Fault(
        "The server's request queue is full",
        responds(503, {"error": "server busy, please try again.  maximum pending requests exceeded"}),
        OLLAMA,
        error_kind="server",
        expected_words=("server busy", "request queue is full"),
        attempts=MAX_ATTEMPTS,
    ),
    Fault(
        "The server reports that the model is still loading",
        responds(503, {"error": {"message": "Loading model", "type": "unavailable_error", "code": 503}}),
        EVENT_STREAMS,
        error_kind="server",
        expected_words=("still loading",),
        attempts=MAX_ATTEMPTS,
    ),
    Fault(
        "The model does not exist",
        responds(404, {"error": "model 'm' not found"}),
        error_kind="model_not_found",
        expected_words=("'m'", "llm-tui models --provider mine"),
    ),
    Fault(
        "The model does not exist, according to the error code only",
        responds(404, {"error": {"message": "Not here", "param": "model", "code": "model_not_found"}}),
        EVENT_STREAMS,
        error_kind="model_not_found",
        expected_words=("llm-tui models --provider mine",),
    ),
    Fault(
        "The model does not exist, with the status of a bad request",
        responds(400, {"error": {"message": "Invalid model name passed in model=m. Call /v1/models", "code": "400"}}),
        EVENT_STREAMS,
        error_kind="model_not_found",
        expected_words=("model=m",),
    ),
    Fault(
        "The prompt exceeds the context, with the token counts in the message",
        responds(400, {"error": "Cannot truncate prompt with n_keep (9012) >= n_ctx (4096)"}),
        LM_STUDIO,
        error_kind="bad_request",
        expected_words=("9012", "4096", "longer than the model's context"),
    ),
    Fault(
        "The prompt exceeds the context, with the token counts in separate fields",
        responds(
            400,
            {
                "error": {
                    "code": 400,
                    "message": "the request exceeds the available context size, try increasing it",
                    "type": "exceed_context_size_error",
                    "n_prompt_tokens": 9012,
                    "n_ctx": 4096,
                }
            },
        ),
        EVENT_STREAMS,
        error_kind="bad_request",
        expected_words=("9012", "4096", "longer than the model's context"),
    ),
)
