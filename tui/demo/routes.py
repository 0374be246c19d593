"""Routes a request by its path. Keeps what the server remembers between requests."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from tui.demo import listings
from tui.demo.answer_formats import OllamaChatFormat, OllamaGenerateFormat, OpenAIFormat
from tui.demo.answer_writer import AnswerWriter
from tui.demo.models import MODELS, DemoModel, find_model
from tui.demo.requests import (
    model_name,
    parse_body,
    parse_chat_request,
    parse_completions_request,
    parse_generate_request,
)
from tui.demo.responses import HTTPError, Response, RouteError, error_response, json_response

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui.demo.answer_formats import AnswerFormat, OllamaFormat
    from tui.demo.connection import Head
    from tui.demo.requests import ParsedRequest

    Handler = Callable[[bytes], Response | AnswerWriter]

_VERSION: Final = "0.0.0-demo"

_WELCOME: Final = b"The demo server of llm-tui is running. It plays scripts, not models.\n"


class Routes:
    """Answers requests that have been read completely, without waiting for anything."""

    def __init__(self) -> None:
        self._loaded: dict[str, DemoModel] = {}
        self._failures: dict[str, int] = {}
        """How many requests in a row each flaky model has failed."""
        self._handlers: dict[str, tuple[str, Handler]] = {
            "/": ("GET", lambda _: Response(200, "text/plain; charset=utf-8", _WELCOME)),
            "/api/version": ("GET", lambda _: json_response({"version": _VERSION})),
            "/api/tags": ("GET", lambda _: json_response(listings.tags(MODELS))),
            "/api/ps": ("GET", lambda _: json_response(listings.running(self._loaded.values()))),
            "/api/show": ("POST", lambda body: json_response(listings.show(_existing(model_name(parse_body(body)))))),
            "/api/chat": ("POST", self._chat),
            "/api/generate": ("POST", self._generate),
            "/v1/models": ("GET", lambda _: json_response(_list_of([listings.openai_model(m) for m in MODELS]))),
            "/v1/chat/completions": ("POST", self._complete),
            "/api/v0/models": ("GET", lambda _: json_response(_list_of([self._lmstudio_model(m) for m in MODELS]))),
        }

    def dispatch(self, head: Head, body: bytes) -> Response | AnswerWriter:
        """The response to a request, or the writer of an answer. An error is a response."""
        try:
            method, handler = self._handlers.get(head.path) or self._single_model(head.path)
            if head.method != method and (head.method, method) != ("HEAD", "GET"):
                raise RouteError(405, "method not allowed", allow="GET, HEAD" if method == "GET" else method)
            return handler(body)
        except HTTPError as error:
            return error_response(head.path, error)

    def _single_model(self, path: str) -> tuple[str, Handler]:
        folder, _, name = path.rpartition("/")
        match folder:
            case "/v1/models":
                return "GET", lambda _: json_response(listings.openai_model(_existing(name)))
            case "/api/v0/models":
                return "GET", lambda _: json_response(self._lmstudio_model(_existing(name)))
        raise RouteError(404, "page not found")

    def _lmstudio_model(self, model: DemoModel) -> dict[str, object]:
        return listings.lmstudio_model(model, loaded=model.name in self._loaded)

    def _chat(self, body: bytes) -> Response | AnswerWriter:
        request = parse_chat_request(parse_body(body))
        return self._answer_ollama(request, OllamaChatFormat(request))

    def _generate(self, body: bytes) -> Response | AnswerWriter:
        request = parse_generate_request(parse_body(body))
        return self._answer_ollama(request, OllamaGenerateFormat(request))

    def _complete(self, body: bytes) -> AnswerWriter:
        request = parse_completions_request(parse_body(body))
        return self._answer(request, _existing(request.model), OpenAIFormat(request))

    def _answer_ollama(self, request: ParsedRequest, answer_format: OllamaFormat) -> Response | AnswerWriter:
        model = _existing(request.model)
        if request.think and not model.thinks:
            raise HTTPError(400, f'"{request.model}" does not support thinking')
        match request.loading:
            case "load":
                self._loaded[model.name] = model
                return replace(answer_format.loaded("load"), delay_s=model.load_s)
            case "unload":
                self._loaded.pop(model.name, None)
                return answer_format.loaded("unload")
        return self._answer(request, model, answer_format)

    def _answer(self, request: ParsedRequest, model: DemoModel, answer_format: AnswerFormat) -> AnswerWriter:
        failures = self._failures.get(model.name, 0)
        if failures < model.failures:
            self._failures[model.name] = failures + 1
            raise HTTPError(503, f"server busy, on purpose ({failures + 1} of {model.failures}); please try again")
        self._failures[model.name] = 0
        self._loaded[model.name] = model
        return AnswerWriter(request, model, answer_format)


def _existing(name: str) -> DemoModel:
    model = find_model(name)
    if model is None:
        raise HTTPError(404, f"model '{name}' not found", param="model", code="model_not_found")
    return model


def _list_of(models: list[dict[str, object]]) -> dict[str, object]:
    return {"object": "list", "data": models}
