"""Which path leads where, and what the server remembers between requests."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tui.demo import listings
from tui.demo.answer_writer import AnswerWriter
from tui.demo.http1 import NoRoute, Refused, Reply
from tui.demo.models import MODELS, DemoModel, find_model
from tui.demo.requests import (
    model_name,
    parse_body,
    parse_chat_request,
    parse_completions_request,
    parse_generate_request,
)
from tui.demo.responses import ChatSpeech, CompletionsSpeech, GenerateSpeech, json_reply, refusal_reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui.demo.http1 import Head
    from tui.demo.requests import ParsedRequest
    from tui.demo.responses import OllamaSpeech, Speech

    Handler = Callable[[bytes], Reply | AnswerWriter]

_VERSION = "0.0.0-demo"

_WELCOME = b"The demo server of llm-tui is running: scripts, and no model.\n"


class Routes:
    """Answers requests whose head and body have been read. Nothing here waits."""

    def __init__(self) -> None:
        self._loaded: dict[str, DemoModel] = {}
        self._refused: dict[str, int] = {}
        self._handlers: dict[str, tuple[str, Handler]] = {
            "/": ("GET", lambda _: Reply(200, "text/plain; charset=utf-8", _WELCOME)),
            "/api/version": ("GET", lambda _: json_reply({"version": _VERSION})),
            "/api/tags": ("GET", lambda _: json_reply(listings.tags(MODELS))),
            "/api/ps": ("GET", lambda _: json_reply(listings.running(self._loaded.values()))),
            "/api/show": ("POST", lambda body: json_reply(listings.show(_existing(model_name(parse_body(body)))))),
            "/api/chat": ("POST", self._chat),
            "/api/generate": ("POST", self._generate),
            "/v1/models": ("GET", lambda _: json_reply(_listed([listings.openai_model(model) for model in MODELS]))),
            "/v1/chat/completions": ("POST", self._complete),
            "/api/v0/models": ("GET", lambda _: json_reply(_listed([self._lmstudio_model(model) for model in MODELS]))),
        }

    def lead(self, head: Head, body: bytes) -> Reply | AnswerWriter:
        """The answer to a request: a reply, or a performance to be given. A refusal is a reply."""
        try:
            method, handler = self._handlers.get(head.path) or self._one_model(head.path)
            if head.method != method and (head.method, method) != ("HEAD", "GET"):
                raise NoRoute(405, "method not allowed", allow="GET, HEAD" if method == "GET" else method)
            return handler(body)
        except Refused as refusal:
            return refusal_reply(head.path, refusal)

    def _one_model(self, path: str) -> tuple[str, Handler]:
        folder, _, name = path.rpartition("/")
        match folder:
            case "/v1/models":
                return "GET", lambda _: json_reply(listings.openai_model(_existing(name)))
            case "/api/v0/models":
                return "GET", lambda _: json_reply(self._lmstudio_model(_existing(name)))
        raise NoRoute(404, "page not found")

    def _lmstudio_model(self, model: DemoModel) -> dict[str, object]:
        return listings.lmstudio_model(model, loaded=model.name in self._loaded)

    def _chat(self, body: bytes) -> Reply | AnswerWriter:
        asked = parse_chat_request(parse_body(body))
        return self._answer_ollama(asked, ChatSpeech(asked))

    def _generate(self, body: bytes) -> Reply | AnswerWriter:
        asked = parse_generate_request(parse_body(body))
        return self._answer_ollama(asked, GenerateSpeech(asked))

    def _complete(self, body: bytes) -> AnswerWriter:
        asked = parse_completions_request(parse_body(body))
        return self._answer(asked, _existing(asked.model), CompletionsSpeech(asked))

    def _answer_ollama(self, asked: ParsedRequest, speech: OllamaSpeech) -> Reply | AnswerWriter:
        model = _existing(asked.model)
        if asked.think and not model.thinks:
            raise Refused(400, f'"{asked.model}" does not support thinking')
        match asked.loading:
            case "load":
                self._loaded[model.name] = model
                return replace(speech.loaded("load"), after_s=model.load_s)
            case "unload":
                self._loaded.pop(model.name, None)
                return speech.loaded("unload")
        return self._answer(asked, model, speech)

    def _answer(self, asked: ParsedRequest, model: DemoModel, speech: Speech) -> AnswerWriter:
        refused = self._refused.get(model.name, 0)
        if refused < model.refusals:
            self._refused[model.name] = refused + 1
            raise Refused(503, f"server busy, on purpose ({refused + 1} of {model.refusals}); please try again")
        self._refused[model.name] = 0
        self._loaded[model.name] = model
        return AnswerWriter(asked, model, speech)


def _existing(name: str) -> DemoModel:
    model = find_model(name)
    if model is None:
        raise Refused(404, f"model '{name}' not found", param="model", code="model_not_found")
    return model


def _listed(models: list[dict[str, object]]) -> dict[str, object]:
    return {"object": "list", "data": models}
