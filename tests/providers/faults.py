"""What goes wrong between us and a model server, and what must come of it.

A catalogue of what has been seen in the wild, over every wire on which it can happen. Each fault is met over real
sockets in `test_faults`. `python -m tests.providers.faults` meets them all and prints what came of it, as Markdown.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import pytest

from tests.fault_server import EVENT_STREAM, JSON, Connection, Script, drops, hangs, replies, resets
from tests.providers.client import AT_ONCE, Outcome
from tests.providers.exchange import HERE, Exchange, Place, outcome_of
from tests.providers.reading import Answer, delta, sse
from tests.providers.wires import WIRES, Wire
from tui.chat.chunk import ToolCall
from tui.errors import ErrorKind
from tui.limits import MAX_WAIT_S, RetryPolicy, TimeLimits

OLLAMA: Final = WIRES[:2]
OLLAMA_CHAT: Final = WIRES[:1]
EVENTS: Final = WIRES[2:]
"""The wires that are event streams."""
LM_STUDIO: Final = WIRES[3:]

SHORT_S: Final = 0.05
TRIES: Final = AT_ONCE.attempts


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong."""

    name: str
    """What happens, as a sentence without its point."""

    script: Callable[[Wire], Script] | None = None
    """What the server does with each try. None where no request gets so far."""

    wires: Sequence[Wire] = WIRES
    """Where it can happen."""

    kind: ErrorKind | None = None
    """What kind of error must come of it. None is none: the answer is whole."""

    kept: Answer = field(default_factory=Answer)
    """What of the answer must be kept. Its figures are not looked at."""

    says: tuple[str, ...] = ()
    """Words that must stand in the message or its hint."""

    hides: tuple[str, ...] = ()
    """Words that must not."""

    tries: int = 1
    """How often it must be asked, where three times are allowed."""

    options: Mapping[str, Any] = field(default_factory=dict)
    """How the provider is set up, where that matters."""

    place: Place = HERE
    """Where the server is."""

    at_once: Script | None = None
    """What the server does with each connection before it reads from it."""

    prompt: str = "Hi"
    """What is asked."""

    stop_when: Callable[[Exchange], bool] | None = None
    """When the user stops the answer. None is never."""

    def __str__(self) -> str:
        return self.name


async def meet(fault: Fault, wire: Wire) -> Outcome:
    """What comes of a fault on a wire. See `outcome_of` for what is checked whatever it is."""
    return await outcome_of(
        wire,
        *([] if fault.script is None else [fault.script(wire)] * fault.tries),
        place=fault.place,
        at_once=fault.at_once,
        prompt=fault.prompt,
        stop_when=fault.stop_when,
        **{"retry": AT_ONCE, **fault.options},
    )


# Answers, and parts of them.

WHOLE: Final = Answer("Hello", finish_reason="stop")
PART: Final = Answer("Hello")
"""What there is of an answer that went on after this."""
WITHOUT_REASON: Final = PART


def limits(**seconds: float) -> dict[str, Any]:
    """A provider with one clock that is short, the others long."""
    return {"limits": TimeLimits(**{"connect": 60, "first_token": 60, "idle": 60, "total": 60, **seconds})}


def streams(make: Callable[[Wire], bytes]) -> Callable[[Wire], Script]:
    """A server that streams what is made for its wire, and ends the body as it should."""
    return lambda wire: wire.streams(make(wire))


def refuses(status: int, body: object = b"", content_type: str = JSON, **headers: str) -> Callable[[Wire], Script]:
    """A server that refuses, whatever the wire. What is no bytes is sent as JSON."""
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: replies(status, sent, content_type, named)


def sends(*pieces: bytes, ends: bool = True) -> Callable[[Wire], Script]:
    """A server that sends bytes as they are, its head among them; and then closes the connection, or hangs."""

    async def script(connection: Connection) -> None:
        for piece in pieces:
            await connection.send(piece)
        if ends:
            connection.close()

    return lambda _: script


def with_head(
    *pieces: Callable[[Wire], bytes], length: Callable[[Wire], int] | None = None, closes: bool = True, **head: Any
) -> Callable[[Wire], Script]:
    """A server that sends a head of one's own choice, and then pieces of the body as they are."""

    def make(wire: Wire) -> Script:
        async def script(connection: Connection) -> None:
            await connection.head(
                **{"content_type": wire.content_type, "length": None if length is None else length(wire), **head}
            )
            await connection.body(*(piece(wire) for piece in pieces))
            if closes:
                connection.close()

        return script

    return make


def without_end(first: Callable[[Wire], bytes], again: Callable[[Wire], bytes]) -> Callable[[Wire], Script]:
    """A server that sends something, and then something else again and again, as long as anybody listens."""

    def make(wire: Wire) -> Script:
        async def script(connection: Connection) -> None:
            await connection.head(200, wire.content_type)
            await connection.body(first(wire))
            while True:
                await connection.body(again(wire))
                await asyncio.sleep(0)

        return script

    return make


def drips(make: Callable[[Wire], bytes]) -> Callable[[Wire], Script]:
    """A server that sends a body byte by byte."""

    def of(wire: Wire) -> Script:
        async def script(connection: Connection) -> None:
            await connection.head(200, wire.content_type)
            await connection.drip(make(wire))
            await connection.end()

        return script

    return of


def hello(wire: Wire) -> bytes:
    """The whole answer `Hello`, in two pieces of text."""
    return wire.body("Hel", "lo")


def among_objects(line: bytes) -> Callable[[Wire], Script]:
    """A server in whose answer stands a line where an object should."""
    return streams(lambda wire: wire.text("Hello") + (b"" if wire in OLLAMA else b"data: ") + line + b"\n\n" + wire.end)


def escaped(wire: Wire, *escapes: str) -> bytes:
    """A whole answer whose pieces of text are JSON escapes, such as half a surrogate pair."""
    return b"".join(wire.text("@").replace(b"@", escape.encode()) for escape in escapes) + wire.end


# 1. Before the first byte.

PROXY_PAGE: Final = b"<html><head><title>504 Gateway Time-out</title></head><body>nginx</body></html>"
LOGIN_PAGE: Final = b"<!DOCTYPE html><html><title>Sign in</title><p>password</p></html>"
NEVER_AT_ONCE: Final = 10 * MAX_WAIT_S

CONNECTING: Final = (
    Fault(
        "Nobody listens at the address",
        place=Place(listens=False),
        kind="connect",
        says=("http://127.0.0.1:", "refused"),
        tries=TRIES,
    ),
    Fault(
        "The server listens at the other address family only",
        place=Place("[::1]", mends=False),
        kind="connect",
        says=("http://[::1]:",),
        tries=TRIES,
    ),
    Fault(
        "The address is localhost, which may be of either family", streams(hello), place=Place("localhost"), kept=WHOLE
    ),
    Fault(
        "The host's name cannot be one",
        place=Place("x" * 64 + ".example", mends=False),
        kind="connect",
        says=("cannot be resolved",),
        tries=TRIES,
    ),
    Fault(
        "The server takes the connection and never shakes hands",
        place=Place(scheme="https", mends=False),
        at_once=hangs,
        options=limits(connect=SHORT_S),
        kind="connect_timeout",
        says=("timeouts.connect",),
        tries=TRIES,
    ),
    Fault(
        "The server speaks no TLS",
        place=Place(scheme="https", mends=False),
        at_once=lambda connection: connection.send(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
        kind="connect",
        says=("http://",),
    ),
    Fault(
        "The environment names a proxy, and the server is on this machine",
        streams(hello),
        place=Place(environment=lambda _: {"HTTP_PROXY": "http://127.0.0.1:9", "ALL_PROXY": "socks4://nowhere"}),
        kept=WHOLE,
    ),
    Fault(
        "A proxy answers in the server's place",
        lambda _: replies(502, PROXY_PAGE, "text/html"),
        place=Place("model.example", environment=lambda server: {"HTTP_PROXY": server.url}),
        kind="server",
        says=("502", "proxy http://127.0.0.1:", "NO_PROXY"),
        tries=TRIES,
    ),
    Fault(
        "A proxy sends its own page in the server's place",
        lambda _: replies(200, LOGIN_PAGE, "text/html"),
        place=Place("model.example", environment=lambda server: {"HTTP_PROXY": server.url}),
        kind="protocol",
        says=("Sign in", "proxy http://127.0.0.1:", "NO_PROXY"),
    ),
    Fault(
        "The proxy is not there",
        place=Place("model.example", listens=False, environment=lambda server: {"HTTP_PROXY": server.url}),
        kind="connect",
        says=("through the proxy http://127.0.0.1:", "NO_PROXY"),
        tries=TRIES,
    ),
    Fault(
        "The environment names a proxy that nobody can use",
        place=Place(
            "model.example", environment=lambda _: {"ALL_PROXY": "socks4://me:secret@127.0.0.1:1"}, mends=False
        ),
        kind="connect",
        says=("socks4://127.0.0.1:1", "ALL_PROXY"),
        hides=("secret",),
    ),
)

WAITING: Final = (
    Fault(
        "The model loads for longer than the first clock allows, before the head",
        lambda _: hangs,
        options=limits(first_token=SHORT_S),
        kind="first_token_timeout",
        says=("timeouts.first_token", "load"),
    ),
    Fault(
        "The head comes, and nothing after it",
        lambda wire: wire.hangs_after(),
        options=limits(first_token=SHORT_S),
        kind="first_token_timeout",
        says=("timeouts.first_token",),
    ),
    Fault(
        "The answer is not there in the time that all of it may take",
        lambda _: hangs,
        # Making the connection counts too, and on a busy machine takes its time.
        options=limits(total=8 * SHORT_S),
        kind="total_timeout",
        says=("timeouts.total",),
    ),
    Fault(
        "The server gives up loading the model",
        refuses(500, {"error": "timed out waiting for llama runner to start - progress 0.00 - "}),
        OLLAMA,
        kind="server",
        says=("timed out waiting for llama runner", "OLLAMA_LOAD_TIMEOUT", "smaller"),
        tries=TRIES,
    ),
    Fault(
        "The model does not fit into the memory",
        refuses(500, {"error": "model requires more system memory (48.2 GiB) than is available (13.4 GiB)"}),
        OLLAMA,
        kind="server",
        says=("48.2 GiB", "smaller"),
        tries=TRIES,
    ),
    Fault(
        "Loading the model on demand is called off",
        refuses(400, {"error": {"message": 'Failed to load model "m". Error: Operation canceled.'}}),
        LM_STUDIO,
        kind="bad_request",
        says=("Operation canceled", "in the server itself"),
    ),
    Fault(
        "No model is loaded",
        refuses(
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
        kind="bad_request",
        says=("lms load",),
    ),
    Fault(
        "The model crashes before it answers",
        refuses(400, {"error": "The model has crashed without additional information. (Exit code: null)"}),
        LM_STUDIO,
        kind="bad_request",
        says=("has crashed",),
    ),
    Fault(
        "The server's queue is full",
        refuses(503, {"error": "server busy, please try again.  maximum pending requests exceeded"}),
        OLLAMA,
        kind="server",
        says=("server busy", "request queue is full"),
        tries=TRIES,
    ),
    Fault(
        "The server still loads the model, and says so",
        refuses(503, {"error": {"message": "Loading model", "type": "unavailable_error", "code": 503}}),
        EVENTS,
        kind="server",
        says=("still loading",),
        tries=TRIES,
    ),
    Fault(
        "The cloud is overloaded, and gives a reference",
        refuses(503, {"error": "Service Temporarily Unavailable (ref: 5cb1a7f0-77f2)"}),
        kind="server",
        says=("5cb1a7f0-77f2",),
        tries=TRIES,
    ),
    Fault(
        "Too many requests, and the server says for how long, in seconds",
        refuses(429, {"error": "slow down"}, retry_after="0.01"),
        kind="rate_limited",
        says=("slow down",),
        tries=TRIES,
    ),
    Fault(
        "Too many requests, until a date that has come",
        refuses(429, retry_after="Sun, 15 Jun 2025 15:00:00 GMT"),
        kind="rate_limited",
        tries=TRIES,
    ),
    Fault(
        "Too many requests, for longer than anybody would wait",
        refuses(429, retry_after=f"{NEVER_AT_ONCE:.0f}"),
        kind="rate_limited",
        says=("Try again in 10 min",),
    ),
    Fault(
        "Too many requests, until a date that is far away",
        refuses(429, retry_after="Mon, 15 Jun 2099 15:00:00 GMT"),
        kind="rate_limited",
        says=("Try again in", "h"),
    ),
    Fault(
        "Too many requests, and when it opens again stands in the body, near",
        refuses(429, {"error": {"message": "x", "metadata": {"headers": {"X-RateLimit-Reset": "1750000000000"}}}}),
        EVENTS,
        kind="rate_limited",
        tries=TRIES,
    ),
    Fault(
        "Too many requests, and when it opens again stands in the body, far",
        refuses(429, {"error": {"message": "x", "metadata": {"headers": {"X-RateLimit-Reset": "4085000000000"}}}}),
        EVENTS,
        kind="rate_limited",
        says=("Try again in",),
    ),
    Fault(
        "Too many requests, and how long to wait stands in the words",
        refuses(429, {"error": {"message": "Rate limit reached. Please try again in 10ms. Visit https://example.org"}}),
        EVENTS,
        kind="rate_limited",
        tries=TRIES,
    ),
    Fault(
        "The account's limit is reached, with an address where more is sold",
        refuses(
            429,
            {"error": "you have reached your weekly usage limit, upgrade for higher limits: https://example.org/up"},
        ),
        kind="rate_limited",
        says=("https://example.org/up", "account"),
    ),
    Fault(
        "The account has no credit left, under the status of a rate limit",
        refuses(429, {"error": {"message": "You exceeded your current quota", "code": "insufficient_quota"}}),
        EVENTS,
        kind="rate_limited",
        says=("account",),
    ),
    Fault(
        "The account has no credit left",
        refuses(402, {"error": {"message": "Insufficient Balance", "code": "invalid_request_error"}}),
        EVENTS,
        kind="bad_request",
        says=("Insufficient Balance", "account"),
    ),
    Fault(
        "The model is not there",
        refuses(404, {"error": "model 'm' not found"}),
        kind="model_not_found",
        says=("'m'", "llm-tui models --provider mine"),
    ),
    Fault(
        "The model is not there, by its code alone",
        refuses(404, {"error": {"message": "Not here", "param": "model", "code": "model_not_found"}}),
        EVENTS,
        kind="model_not_found",
        says=("llm-tui models --provider mine",),
    ),
    Fault(
        "The model is not there, under the status of a bad request",
        refuses(400, {"error": {"message": "Invalid model name passed in model=m. Call /v1/models", "code": "400"}}),
        EVENTS,
        kind="model_not_found",
        says=("model=m",),
    ),
    Fault(
        "The path is not there",
        refuses(404, b"404 page not found", "text/plain"),
        kind="bad_request",
        says=("page not found", "base_url"),
    ),
    Fault(
        "The path is not there, under the status of an answer",
        refuses(200, {"error": "Unexpected endpoint or method. (POST /chat/completions)"}),
        kind="stream_error",
        says=("Unexpected endpoint", "/v1"),
    ),
    Fault(
        "A web page comes in place of an answer",
        refuses(200, LOGIN_PAGE, "text/html"),
        kind="protocol",
        says=("web page", "Sign in", "base_url"),
        hides=("password",),
    ),
    Fault(
        "A web page comes under the type of an answer, and the socket stays open",
        lambda wire: wire.hangs_after(b" \n<html><title>Sign", b" in</title><p>password</p></html>"),
        kind="protocol",
        says=("web page", "Sign in"),
        hides=("password",),
    ),
    Fault(
        "A proxy cannot reach the server",
        refuses(502, b"<html><title>502 Bad Gateway</title><p>nginx/1.25</p>", "text/html"),
        kind="server",
        says=("502 Bad Gateway", "proxy's error page"),
        hides=("nginx",),
        tries=TRIES,
    ),
    Fault(
        "A proxy gives up waiting for the first of the answer",
        refuses(504, PROXY_PAGE, "text/html"),
        kind="server",
        says=("504", "proxy's error page", "read timeout"),
        tries=TRIES,
    ),
    Fault(
        "A proxy holds everything back, and then it comes at once",
        streams(lambda wire: b"".join(map(wire.text, ["x"] * 20_000)) + wire.end),
        kept=Answer("x" * 20_000, finish_reason="stop"),
    ),
    Fault(
        "The server wants somebody to sign in",
        refuses(401, {"error": "unauthorized", "signin_url": "https://example.org/connect?name=nas"}),
        OLLAMA,
        kind="auth",
        says=("https://example.org/connect?name=nas", "Sign in"),
    ),
    Fault(
        "The key is not accepted, and the server repeats it",
        refuses(401, {"error": {"message": "Incorrect API key provided: sk-not-the-right-one."}}),
        EVENTS,
        options={"key": "sk-not-the-right-one"},
        kind="auth",
        says=("Incorrect API key", "api_key_env"),
        hides=("sk-not-the-right-one",),
    ),
    Fault("The server does not like where we come from, in no words", refuses(403), kind="auth", says=("403",)),
    Fault(
        "The server does not like the options",
        refuses(422, {"detail": [{"loc": ["body", "top_k"], "msg": "extra fields not permitted", "type": "value"}]}),
        EVENTS,
        kind="bad_request",
        says=("extra fields not permitted", "options"),
    ),
    Fault(
        "The prompt is longer than the context, in the engine's own words",
        refuses(400, {"error": "Cannot truncate prompt with n_keep (9012) >= n_ctx (4096)"}),
        LM_STUDIO,
        kind="bad_request",
        says=("9012", "4096", "longer than the model's context"),
    ),
    Fault(
        "The prompt is longer than the context, with the counts beside the words",
        refuses(
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
        EVENTS,
        kind="bad_request",
        says=("9012", "4096", "longer than the model's context"),
    ),
    *(
        Fault(
            f"A refusal says why as {shape}",
            refuses(400, body, content_type),
            kind="bad_request",
            says=("no such option",),
        )
        for shape, body, content_type in (
            ("an object", {"error": {"message": "no such option", "type": "x", "param": None, "code": None}}, JSON),
            ("a text", {"error": "no such option"}, JSON),
            ("a message", {"message": "no such option"}, JSON),
            ("a detail", {"detail": "no such option"}, JSON),
            ("JSON under another type", {"error": {"message": "no such option"}}, "application/octet-stream"),
            ("plain text", b"no such option", "text/plain"),
            ("the title of a page", b"<html><title>no such option</title>", "text/html"),
        )
    ),
    Fault(
        "The server fails in plain text",
        refuses(500, b"Internal Server Error", "text/plain"),
        kind="server",
        says=("500",),
        tries=TRIES,
    ),
    Fault("The server cannot do it at all", refuses(501), kind="server", says=("501",)),
    Fault("The request came too late", refuses(408), kind="bad_request", says=("408",), tries=TRIES),
    Fault("It moved", refuses(301, location="https://nas/"), kind="protocol", says=("301", "https://nas/")),
    Fault("There is no content", refuses(204), kind="protocol", says=("204",)),
    Fault(
        "A refusal breaks off in the middle of its words",
        with_head(lambda _: b'{"error": "no such', length=lambda _: 100, status=400),
        kind="bad_request",
        says=("no such",),
    ),
    Fault(
        "A refusal promises words that never come",
        with_head(length=lambda _: 100, status=400, closes=False),
        kind="bad_request",
        says=("400",),
    ),
    Fault("The connection is closed in place of a reply", lambda _: drops, kind="interrupted", tries=TRIES),
    Fault("The connection is reset in place of a reply", lambda _: resets, kind="interrupted", tries=TRIES),
    Fault("The connection is closed in the head", sends(b"HTTP/1.1 200 OK\r\nCont"), kind="interrupted", tries=TRIES),
    Fault(
        "What answers speaks another protocol",
        sends(b"SSH-2.0-OpenSSH_9.6\r\n\r\n", ends=False),
        kind="protocol",
        says=("SSH-2.0-OpenSSH_9.6", "Invalid HTTP response", "base_url"),
    ),
    Fault(
        "The head has no end",
        sends(b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 200_000, ends=False),
        kind="protocol",
        says=("Invalid HTTP response",),
    ),
    Fault(
        "The head says two things of the length",
        sends(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nHello"),
        kind="protocol",
        says=("Invalid HTTP response",),
    ),
    Fault(
        "Other heads come before the answer's",
        lambda wire: _after(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n", wire.answers("Hello")),
        kept=WHOLE,
    ),
    Fault("The answer comes whole although a stream was asked for", lambda wire: replies(200, wire.whole), kept=WHOLE),
    Fault(
        "The answer comes whole under the type of a stream",
        lambda wire: wire.hangs_after(wire.whole + b"\n"),
        kept=WHOLE,
    ),
    *(
        Fault(
            f"The stream comes under {content_type or 'no type at all'}",
            with_head(hello, until_close=True, content_type=content_type),
            kept=WHOLE,
        )
        for content_type in (JSON, "text/html", "")
    ),
)


def _after(before: bytes, script: Script) -> Script:
    async def both(connection: Connection) -> None:
        await connection.send(before)
        await script(connection)

    return both


# 2. Framing.

BOMB: Final = gzip.compress(bytes(20_000_000))


FRAMING: Final = (
    Fault(
        "The answer drips byte by byte",
        drips(lambda wire: wire.body("Hé", "llo — 你好 🙂")),
        options={"read_bytes": 1},
        kept=Answer("Héllo — 你好 🙂", finish_reason="stop"),
    ),
    Fault(
        "A character is cut between two pieces",
        lambda wire: wire.streams(*wire.text("🙂").partition("🙂".encode()[:2]), wire.end),
        kept=Answer("🙂", finish_reason="stop"),
    ),
    Fault(
        "An object is cut between two pieces",
        lambda wire: wire.streams(wire.text("Hello")[:9], wire.text("Hello")[9:] + wire.end[:9], wire.end[9:]),
        kept=WHOLE,
    ),
    Fault(
        "The text holds what other readers take for line ends",
        streams(lambda wire: wire.body("a\u2028b\u2029c\u0085d\ve\f")),
        kept=Answer("a\u2028b\u2029c\u0085d\ve\f", finish_reason="stop"),
    ),
    Fault("Lines end in CR and LF", streams(lambda wire: hello(wire).replace(b"\n", b"\r\n")), kept=WHOLE),
    Fault("Lines end in CR alone", streams(lambda wire: hello(wire).replace(b"\n", b"\r")), EVENTS, kept=WHOLE),
    Fault("The body begins with a byte order mark", streams(lambda wire: b"\xef\xbb\xbf" + hello(wire)), kept=WHOLE),
    Fault(
        "Blank lines stand between the objects",
        streams(lambda wire: b"\n\n \n" + hello(wire) + b"\n"),
        OLLAMA,
        kept=WHOLE,
    ),
    Fault(
        "No blank follows the colon", streams(lambda wire: hello(wire).replace(b"data: ", b"data:")), EVENTS, kept=WHOLE
    ),
    Fault(
        "Events have numbers, names and times to wait",
        streams(lambda wire: hello(wire).replace(b"data: ", b"id: 7\nevent: message\nretry: 5\ndata: ")),
        EVENTS,
        kept=WHOLE,
    ),
    Fault(
        "Events of unknown names come in between",
        streams(lambda wire: b"event: ping\ndata: {}\n\nevent: ping\ndata: pong\n\n" + hello(wire)),
        EVENTS,
        kept=WHOLE,
    ),
    Fault(
        "Comments stand between the events and inside them",
        streams(lambda wire: b": OPENROUTER PROCESSING\n\n:\n" + hello(wire).replace(b"\n\n", b"\n: x\n\n: y\n\n")),
        EVENTS,
        kept=WHOLE,
    ),
    Fault(
        "A flood of signs of life comes before the answer and in it",
        streams(lambda wire: wire.life * 50_000 + wire.text("Hel") + wire.life * 50_000 + wire.body("lo")),
        kept=WHOLE,
    ),
    Fault(
        "One event has megabytes",
        streams(lambda wire: wire.body("long " * 500_000)),
        kept=Answer("long " * 500_000, finish_reason="stop"),
    ),
    Fault(
        "A line has no end",
        without_end(lambda wire: wire.text("Hello") + wire.text("x")[:10], lambda _: b"x" * 10_000),
        options={"max_event_bytes": 200_000},
        kind="protocol",
        kept=PART,
        says=("200,000", "max_event_bytes"),
    ),
    Fault(
        "An event of many lines has no end",
        without_end(lambda wire: wire.text("Hello"), lambda _: b"data: [\n" * 1_000),
        EVENTS,
        options={"max_event_bytes": 200_000},
        kind="protocol",
        kept=PART,
        says=("200,000",),
    ),
    Fault(
        "A comment has no end",
        without_end(lambda wire: wire.text("Hello") + b": ", lambda _: b"x" * 10_000),
        EVENTS,
        options={"max_event_bytes": 200_000},
        kind="protocol",
        kept=PART,
        says=("200,000",),
    ),
    Fault(
        "A whole answer has no end",
        without_end(lambda wire: wire.whole[:-1] + b', "x": "', lambda _: b"x" * 10_000),
        options={"max_event_bytes": 200_000},
        kind="protocol",
        says=("200,000",),
    ),
    Fault(
        "One object is spread over several lines of data",
        streams(lambda wire: sse(delta("Hello")).replace(b', "', b',\ndata: "') + wire.end),
        EVENTS,
        kept=WHOLE,
    ),
    Fault("The last event has no blank line after it", streams(lambda wire: hello(wire)[:-2]), EVENTS, kept=WHOLE),
    Fault("The last line has no end", streams(lambda wire: hello(wire)[:-1]), kept=WHOLE),
    Fault("The socket is held open after the end", lambda wire: wire.hangs_after(hello(wire)), kept=WHOLE),
    Fault(
        "More comes after the end",
        streams(lambda wire: hello(wire) + wire.text("more") + b"<html>garbage"),
        kept=WHOLE,
    ),
    *(
        Fault(
            f"Among the objects stands {what}",
            among_objects(line),
            kind="protocol",
            kept=PART,
            says=("base_url",),
        )
        for what, line in (
            ("what is no JSON", b'{"message": oops}'),
            ("a list", b"[1]"),
            ("a text", b'"Hello"'),
            ("a number of thousands of digits", b'{"a": ' + b"9" * 5_000 + b"}"),
            ("a nest 200,000 deep", b"[" * 200_000),
            ("an object 200,000 deep", b'{"a":' * 200_000),
            ("what are no characters", b"\x00\xff\xfe"),
        )
    ),
    Fault(
        "Words stand where an object should, and then nothing more comes",
        lambda wire: wire.hangs_after(b"data: Number of choices must be greater than 0.\n\n"),
        EVENTS,
        kind="protocol",
        says=("Number of choices",),
    ),
    Fault(
        "A pair of surrogates is split between two pieces",
        streams(lambda wire: escaped(wire, "a\\ud83d", "\\ude42b")),
        kept=Answer("a🙂b", finish_reason="stop"),
    ),
    Fault(
        "Halves of surrogate pairs stand alone",
        streams(lambda wire: escaped(wire, "a\\ud83d", "b\\ude42c", "d\\ud83d")),
        kept=Answer("a\ufffdb\ufffdcd\ufffd", finish_reason="stop"),
    ),
    Fault(
        "The text holds bytes that are no characters",
        streams(lambda wire: wire.text("a@b").replace(b"@", b"\xff") + wire.end),
        kept=Answer("a\ufffdb", finish_reason="stop"),
    ),
    Fault(
        "A proxy packs the stream",
        lambda wire: replies(200, gzip.compress(hello(wire)), wire.content_type, {"Content-Encoding": "gzip"}),
        kept=WHOLE,
    ),
    Fault(
        "A packed stream is cut",
        lambda wire: _packed(wire, wire.text("Hello"), breaks=b""),
        kind="interrupted",
        kept=PART,
    ),
    Fault(
        "A packed stream is damaged",
        lambda wire: _packed(wire, wire.text("Hello"), breaks=b"\xff" * 50),
        kind="protocol",
        kept=PART,
        says=("compressed",),
    ),
    Fault(
        "A bomb is packed into the reply",
        lambda wire: replies(200, BOMB, wire.content_type, {"Content-Encoding": "gzip"}),
        options={"max_event_bytes": 200_000},
        kind="protocol",
        says=("200,000",),
    ),
    Fault(
        "The reply is packed in a way that nobody asked for",
        lambda wire: replies(200, b"...", wire.content_type, {"Content-Encoding": "br"}),
        kind="protocol",
        says=("'br'",),
    ),
    Fault(
        "A proxy writes its page into the stream",
        streams(lambda wire: wire.text("Hello") + PROXY_PAGE + b"\n"),
        kind="protocol",
        kept=PART,
        says=("web page", "proxy"),
        hides=("nginx",),
    ),
    Fault(
        "The model writes what a terminal would obey",
        streams(lambda wire: escaped(wire, "\\u001b[2J", "\\u009b", "\\u202e")),
        kept=Answer("\x1b[2J\x9b\u202e", finish_reason="stop"),
    ),
)


def _packed(wire: Wire, text: bytes, *, breaks: bytes) -> Script:
    packer = zlib.compressobj(wbits=31)
    packed = packer.compress(text) + packer.flush(zlib.Z_SYNC_FLUSH)

    async def script(connection: Connection) -> None:
        await connection.head(200, wire.content_type, headers={"Content-Encoding": "gzip"})
        await connection.body(packed, breaks)
        connection.close()

    return script


# 3. Errors inside a stream.

LM_STUDIO_ERROR: Final = (
    b'event: error\ndata: {"type": "error", "error": {"type": "internal_error", "message": "boom"}}\n\n'
    b'event: chat.end\ndata: {"type": "chat.end", "result": {"output": [], "stats": {}}}\n\n'
)

IN_THE_STREAM: Final[tuple[tuple[str, Sequence[Wire], Callable[[Wire], bytes]], ...]] = (
    ("an object", WIRES, lambda wire: wire.event({"error": {"message": "boom", "type": "x", "code": None}})),
    ("a text", WIRES, lambda wire: wire.event({"error": "boom"})),
    ("an object, and then the end", EVENTS, lambda _: sse({"error": {"message": "boom"}}, "[DONE]")),
    ("an object beside no choices", EVENTS, lambda _: sse({"choices": [], "error": {"message": "boom"}})),
    (
        "an object beside a finish reason",
        EVENTS,
        lambda _: sse({"error": {"message": "boom", "code": 400}} | delta("", finish="error")),
    ),
    (
        "an object in a choice",
        EVENTS,
        lambda _: sse({"choices": [{"index": 0, "delta": {}, "error": {"message": "boom"}, "finish_reason": "error"}]}),
    ),
    ("an object that is one by its type", EVENTS, lambda _: sse({"object": "error", "message": "boom", "code": 40001})),
    ("an event of that name", EVENTS, lambda _: b'event: error\ndata: {"error": {"message": "boom"}}\n\n'),
    ("an event of that name, in plain text", EVENTS, lambda _: b"event: error\ndata: boom\n\n"),
    ("an event of that name, and then the end", LM_STUDIO, lambda _: LM_STUDIO_ERROR),
    ("a field of that name", EVENTS, lambda _: b'error: {"code": 400, "message": "boom"}\n\n'),
    ("bare JSON", EVENTS, lambda _: b'{"error": {"message": "boom"}}\n\n'),
    ("bare JSON over several lines", EVENTS, lambda _: b'{\n  "error": {\n    "message": "boom"\n  }\n}\n'),
    ("a last line without its end", WIRES, lambda wire: wire.error("boom").rstrip()),
    (
        "an object of the one that it asked",
        OLLAMA,
        lambda wire: b'{"StatusCode": 400, "Status": "400 Bad Request", "error": "boom"}',
    ),
    (
        "an object that also says that it is done",
        OLLAMA,
        lambda wire: wire.event({"error": "boom", "done": True, "done_reason": "stop"}),
    ),
)


def reports(make: Callable[[Wire], bytes], *, after: str) -> Callable[[Wire], Script]:
    """A server that reports an error, perhaps after some text."""
    return streams(lambda wire: (wire.text(after) if after else b"") + make(wire))


ERRORS: Final = (
    *(
        Fault(
            f"The server reports an error {when}, as {shape}",
            reports(make, after=kept.content),
            wires,
            kind="stream_error",
            kept=kept,
            says=("boom",),
        )
        for shape, wires, make in IN_THE_STREAM
        for when, kept in (("at once", Answer()), ("in the middle", PART))
    ),
    Fault(
        "The server reports an error by its finish reason alone",
        streams(lambda wire: wire.text("Hello") + sse(delta("", finish="error"))),
        EVENTS,
        kind="stream_error",
        kept=PART,
        says=("unspecified error",),
    ),
    Fault(
        "The server reports an error at once, with a status that may pass",
        streams(lambda wire: wire.event({"error": {"message": "boom", "code": 502}})),
        kind="stream_error",
        says=("boom",),
        tries=TRIES,
    ),
    Fault(
        "The server reports an error in the middle, with a status that may pass",
        streams(lambda wire: wire.text("Hello") + wire.event({"error": {"message": "boom", "code": 502}})),
        kind="stream_error",
        kept=PART,
        says=("boom",),
    ),
    Fault(
        "The server reports an error together with the last text",
        streams(lambda wire: wire.text("Hello").replace(b"{", b'{"error": "boom", ', 1)),
        kind="stream_error",
        kept=PART,
        says=("boom",),
    ),
    Fault(
        "The server reports an error, and the connection stays open",
        lambda wire: wire.hangs_after(wire.text("Hello"), wire.error("boom")),
        kind="stream_error",
        kept=PART,
        says=("boom",),
    ),
    Fault(
        "The server reports an error, and the connection breaks",
        lambda wire: wire.cuts_after(wire.text("Hello"), wire.error("boom").rstrip()),
        kind="stream_error",
        kept=PART,
        says=("boom",),
    ),
    Fault(
        "The server finds only in the stream that the prompt is longer than the context",
        lambda _: _context_error,
        EVENTS,
        kind="stream_error",
        says=("exceeds", "9012", "4096", "longer than the model's context"),
    ),
    Fault(
        "Another model takes this one's place in the memory",
        lambda wire: wire.streams(wire.text("Hello"), wire.error("Model unloaded.")),
        LM_STUDIO,
        kind="stream_error",
        kept=PART,
        says=("Model unloaded", "another model"),
    ),
    Fault(
        "The server says that there is no error",
        streams(lambda wire: wire.event({"error": None}) + wire.event({"error": {}}) + hello(wire)),
        kept=WHOLE,
    ),
    Fault(
        "A crash becomes an empty chunk and a clean end",
        streams(lambda _: sse({"model": "", "choices": []})),
        EVENTS,
        kind="interrupted",
        says=("log",),
        tries=TRIES,
    ),
    Fault("There is only the end", streams(lambda _: b"data: [DONE]\n\n"), EVENTS, kept=Answer()),
    Fault(
        "There is only the end",
        streams(lambda wire: wire.end),
        OLLAMA,
        kept=Answer(finish_reason="stop"),
    ),
    Fault(
        "Getting a model fails at once, under the status of an answer",
        streams(lambda wire: wire.event({"status": "pulling manifest"}) + wire.error("pull model manifest: boom")),
        OLLAMA,
        kind="stream_error",
        says=("pull model manifest: boom",),
    ),
)


async def _context_error(connection: Connection) -> None:
    error = {
        "code": 400,
        "message": "the request exceeds the available context size",
        "type": "exceed_context_size_error",
        "n_prompt_tokens": 9012,
        "n_ctx": 4096,
    }
    await connection.head(200, EVENT_STREAM)
    await connection.body(b"error: " + json.dumps(error).encode() + b"\n\n")
    await connection.end()


# 4. Endings and silences.

ENDINGS: Final = (
    Fault(
        "The body is empty",
        lambda wire: wire.streams(),
        kind="interrupted",
        says=("empty", "context"),
        tries=TRIES,
    ),
    Fault(
        "The body ends before the first text",
        lambda wire: wire.streams(wire.text("")),
        kind="interrupted",
        tries=TRIES,
    ),
    Fault(
        "The body ends in an orderly way in the middle of the answer",
        lambda wire: wire.streams(wire.text("Hello")),
        kind="interrupted",
        kept=PART,
        says=("before the answer was complete",),
    ),
    Fault(
        "Only signs of life come, and then the end",
        lambda wire: wire.streams(wire.life * 3),
        kind="interrupted",
        tries=TRIES,
    ),
    Fault(
        "The end has a reason and is not called one",
        streams(lambda wire: wire.text("Hello") + wire.event({"done_reason": "stop"})),
        OLLAMA,
        kept=WHOLE,
    ),
    Fault(
        "The end has no reason",
        streams(lambda wire: wire.text("Hello") + wire.event({"done": True})),
        OLLAMA,
        kept=WITHOUT_REASON,
    ),
    Fault(
        "The end has no reason",
        streams(lambda wire: wire.text("Hello") + sse("[DONE]")),
        EVENTS,
        kept=WITHOUT_REASON,
    ),
    Fault(
        "Nothing follows the finish reason", streams(lambda wire: wire.text("Hello") + wire.finish), EVENTS, kept=WHOLE
    ),
    Fault(
        "Nothing follows the finish reason, and the socket stays open",
        lambda wire: wire.hangs_after(wire.text("Hello"), wire.finish),
        EVENTS,
        kept=WHOLE,
    ),
    Fault(
        "The connection breaks after the finish reason",
        lambda wire: wire.cuts_after(wire.text("Hello"), wire.finish),
        EVENTS,
        kept=WHOLE,
    ),
    Fault(
        "The finish reason is empty in every chunk",
        streams(lambda wire: sse(delta("Hel", finish=""), delta("lo", finish="")) + wire.end),
        EVENTS,
        kept=WHOLE,
    ),
    Fault(
        "The finish reason comes with the thinking, and text follows",
        streams(lambda wire: sse(delta(None, reasoning_content="Hm", finish="stop")) + hello(wire)),
        EVENTS,
        kept=Answer("Hello", thinking="Hm", finish_reason="stop"),
    ),
    Fault(
        "The finish reason comes twice",
        streams(lambda wire: wire.text("Hello") + wire.finish + wire.end),
        EVENTS,
        kept=WHOLE,
    ),
    Fault(
        "The connection is closed between two events",
        lambda wire: wire.cuts_after(wire.text("Hello")),
        kind="interrupted",
        kept=PART,
        says=("in the middle of its response",),
    ),
    Fault(
        "The connection is reset between two events",
        lambda wire: wire.resets_after(wire.text("Hello")),
        kind="interrupted",
        kept=PART,
        says=("in the middle of its response",),
    ),
    Fault(
        "The connection is closed inside an event",
        lambda wire: wire.cuts_after(wire.text("Hello"), wire.text(" there")[:15]),
        kind="interrupted",
        kept=PART,
    ),
    Fault(
        "The connection is reset inside an event",
        lambda wire: wire.resets_after(wire.text("Hello"), wire.text(" there")[:15]),
        kind="interrupted",
        kept=PART,
    ),
    Fault(
        "The connection is closed inside a character",
        lambda wire: wire.cuts_after(wire.text("Hello"), wire.text("🙂").partition("🙂".encode()[1:])[0]),
        kind="interrupted",
        kept=PART,
    ),
    Fault(
        "The connection is closed before the first text",
        lambda wire: wire.cuts_after(wire.life),
        kind="interrupted",
        tries=TRIES,
    ),
    Fault(
        "The length promises more than comes",
        with_head(lambda wire: wire.text("Hello"), length=lambda wire: len(wire.text("Hello")) + 9),
        kind="interrupted",
        kept=PART,
    ),
    Fault(
        "The length promises more than comes, and yet the answer is whole",
        with_head(hello, length=lambda wire: len(hello(wire)) + 9),
        kept=WHOLE,
    ),
    Fault(
        "The length promises less than comes",
        with_head(hello, length=lambda wire: len(wire.text("Hel")) + 3),
        kind="interrupted",
        kept=Answer("Hel"),
    ),
    Fault(
        "A whole answer is cut",
        with_head(lambda wire: wire.whole[:-3], length=lambda wire: len(wire.whole), content_type=JSON),
        kind="interrupted",
        tries=TRIES,
    ),
    Fault(
        "A chunk of the body is none",
        lambda wire: _after_piece(wire, b"zz\r\n"),
        kind="protocol",
        kept=PART,
        says=("Invalid HTTP response",),
    ),
    Fault(
        "The server falls silent in the middle of the answer",
        lambda wire: wire.hangs_after(wire.text("Hello")),
        options=limits(idle=SHORT_S),
        kind="idle_timeout",
        kept=PART,
        says=("timeouts.idle",),
    ),
    Fault(
        "The server falls silent in the middle of a line",
        lambda wire: wire.hangs_after(wire.text("Hello") + wire.text(" there")[:15]),
        options=limits(idle=SHORT_S),
        kind="idle_timeout",
        kept=PART,
        says=("timeouts.idle",),
    ),
    Fault(
        "Only signs of life come before the answer, for ever",
        without_end(lambda _: b"", lambda wire: wire.life),
        options=limits(first_token=SHORT_S),
        kind="first_token_timeout",
        says=("timeouts.first_token",),
    ),
    Fault(
        "Signs of life come before the answer, for ever and without a pause",
        without_end(lambda _: b"", lambda wire: wire.life * 2_000),
        options=limits(first_token=SHORT_S),
        kind="first_token_timeout",
        says=("timeouts.first_token",),
    ),
    Fault(
        "Only signs of life come in the middle of the answer, for ever",
        without_end(lambda wire: wire.text("Hello"), lambda wire: wire.life),
        options=limits(first_token=2 * SHORT_S, idle=SHORT_S),
        kind="idle_timeout",
        kept=PART,
        says=("timeouts.",),
    ),
)


def _after_piece(wire: Wire, sent: bytes) -> Script:
    async def script(connection: Connection) -> None:
        await connection.head(200, wire.content_type)
        await connection.body(wire.text("Hello"))
        await connection.send(sent)

    return script


# 5. What the chunks mean.

CALLS: Final = (ToolCall("look", {"at": "a"}, "1"), ToolCall("look", {"at": "b"}, "2"))


def calls(*fragments: dict[str, Any] | None) -> bytes:
    """Chunks with one fragment of a tool call each."""
    return sse(*(delta(None, tool_calls=[fragment]) for fragment in fragments))


def fragment(arguments: str | None, **fields: Any) -> dict[str, Any]:
    """A fragment of a tool call. Its name comes with its id."""
    function = {"arguments": arguments} | ({"name": "look"} if "id" in fields else {})
    return {**fields, "type": "function", "function": function}


TYPED_PARTS: Final = (
    {"type": "thinking", "thinking": [{"type": "text", "text": "Hm"}]},
    {"type": "text", "text": "Hello"},
)


def odd_values(wire: Wire) -> bytes:
    """Every field, with everything that JSON has in the place of what should be there."""
    odd: tuple[Any, ...] = (None, True, 7, 1.5, "", [], {}, [[]], [None], {"x": None}, -1, 1e400)
    if wire in OLLAMA:
        top = ("message", "thinking", "tool_calls", "model", "created_at", "context", "total_duration", "done_reason")
        inner = ("content", "thinking", "tool_calls", "role", "images")
        events: list[dict[str, Any]] = [{name: value} for name in top for value in odd]
        events += [{"message": {name: value}} for name in inner for value in odd]
        return b"".join(map(wire.event, events))
    fields = ("choices", "usage", "model", "id", "object", "created", "x_groq", "timings", "stats", "prompt_progress")
    of_choice = ("index", "delta", "message", "logprobs", "finish_reason")
    of_delta = ("content", "reasoning_content", "reasoning", "role", "refusal")
    events = [{name: value} for name in fields for value in odd]
    events += [{"choices": [{"delta": {}, name: value}]} for name in of_choice for value in odd]
    events += [{"choices": [{"delta": {name: value}}]} for name in of_delta for value in odd]
    return b"".join(map(wire.event, events))


MEANING: Final = (
    Fault(
        "The content is null",
        streams(lambda wire: wire.text("@").replace(b'"@"', b"null") + hello(wire)),
        kept=WHOLE,
    ),
    Fault(
        "Everything else is null or of another type", streams(lambda wire: odd_values(wire) + hello(wire)), kept=WHOLE
    ),
    Fault(
        "There is only thinking",
        streams(lambda wire: wire.thinking("Hm") + wire.thinking("m") + wire.end),
        kept=Answer(thinking="Hmm", finish_reason="stop"),
    ),
    Fault(
        "There is only thinking, until the limit",
        streams(lambda wire: wire.thinking("Hm") + wire.end.replace(b'"stop"', b'"length"')),
        kept=Answer(thinking="Hm", finish_reason="length"),
    ),
    Fault(
        "The connection is closed in the thinking",
        lambda wire: wire.cuts_after(wire.thinking("Hm")),
        kind="interrupted",
        kept=Answer(thinking="Hm"),
    ),
    Fault(
        "The first chunk has no choices",
        streams(lambda wire: sse({"choices": [], "prompt_filter_results": []}, {"choices": None}, {}) + hello(wire)),
        EVENTS,
        kept=WHOLE,
    ),
    Fault(
        "A chunk has only the counts",
        streams(lambda wire: wire.text("Hel") + sse({"usage": {"prompt_tokens": 1}}) + wire.body("lo")),
        EVENTS,
        kept=WHOLE,
    ),
    Fault(
        "Another model answers than was asked for",
        streams(lambda wire: sse({"model": "other"} | delta("Hello")) + wire.end),
        EVENTS,
        kept=Answer("Hello", finish_reason="stop", model="other"),
    ),
    Fault(
        "Every tool call has the number 0",
        streams(
            lambda wire: (
                calls(fragment('{"at": "a"}', index=0, id="1"), fragment('{"at": "b"}', index=0, id="2")) + wire.end
            )
        ),
        EVENTS,
        kept=Answer(tool_calls=list(CALLS), finish_reason="stop"),
    ),
    Fault(
        "No tool call has a number",
        streams(lambda wire: calls(fragment('{"at": "a"}', id="1"), fragment('{"at": "b"}', id="2")) + wire.end),
        EVENTS,
        kept=Answer(tool_calls=list(CALLS), finish_reason="stop"),
    ),
    Fault(
        "The fragments of tool calls come interleaved",
        streams(
            lambda wire: (
                calls(
                    fragment('{"at": ', index=0, id="1"),
                    fragment('{"at"', index=1, id="2"),
                    fragment('"a"}', index=0),
                    fragment(': "b"}', index=1),
                )
                + wire.end
            )
        ),
        EVENTS,
        kept=Answer(tool_calls=list(CALLS), finish_reason="stop"),
    ),
    Fault(
        "A tool call has no arguments, and another is cut by the limit",
        streams(
            lambda wire: calls(fragment(None, index=0, id="1"), fragment('{"at', index=1, id="2"), None) + wire.end
        ),
        EVENTS,
        kept=Answer(tool_calls=[ToolCall("look", {}, "1"), ToolCall("look", '{"at', "2")], finish_reason="stop"),
    ),
    Fault(
        "The connection is closed in a tool call",
        lambda wire: wire.cuts_after(calls(fragment('{"at', index=0, id="1"))),
        EVENTS,
        kind="interrupted",
        kept=Answer(tool_calls=[ToolCall("look", '{"at', "1")]),
    ),
    Fault(
        "Tool calls come whole, over several lines, with and without an id",
        streams(
            lambda wire: (
                wire.event({"message": {"tool_calls": [{"function": {"name": "look", "arguments": {"at": "a"}}}]}})
                + wire.event(
                    {"message": {"tool_calls": [{"id": "2", "function": {"name": "look", "arguments": None}}]}}
                )
                + wire.end
            )
        ),
        OLLAMA_CHAT,
        kept=Answer(tool_calls=[ToolCall("look", {"at": "a"}), ToolCall("look", {}, "2")], finish_reason="stop"),
    ),
    Fault(
        "The thinking comes twice, in two fields",
        streams(lambda wire: sse(delta("Hello", reasoning="Hm", reasoning_content="Hm")) + wire.end),
        EVENTS,
        kept=Answer("Hello", thinking="Hm", finish_reason="stop"),
    ),
    Fault(
        "The text comes in typed parts, the thinking among them",
        streams(lambda wire: wire.event({"choices": [{"delta": {"content": TYPED_PARTS}}]}) + wire.end),
        EVENTS,
        kept=Answer("Hello", thinking="Hm", finish_reason="stop"),
    ),
    Fault(
        "The whole text so far comes beside each delta",
        streams(
            lambda wire: (
                sse(
                    *(
                        {"choices": [{"index": 0, "delta": {"content": more}, "message": {"content": so_far}}]}
                        for more, so_far in (("Hel", "Hel"), ("lo", "Hello"))
                    )
                )
                + wire.end
            )
        ),
        EVENTS,
        kept=WHOLE,
    ),
    Fault(
        "Several answers come interleaved, the second first",
        streams(lambda wire: sse({"choices": [{"index": 1, "delta": {"content": "Bye"}}]}) + hello(wire)),
        EVENTS,
        kept=WHOLE,
    ),
    Fault(
        "Getting a model falls back, stalls, and ends well",
        streams(
            lambda wire: (
                b"".join(
                    wire.event({"status": "pulling 8934d96d3f08", "total": 100, "completed": done})
                    for done in (50, 20, 99)
                )
                + wire.event({"status": "success"})
            )
        ),
        OLLAMA,
        kept=Answer(),
    ),
)


# 6. The user stops the answer.

STOPPED: Final = (
    Fault(
        "The user stops while the name server is asked",
        place=Place("slow.example", names_hang=True),
        kind="cancelled",
        stop_when=lambda meeting: meeting.stage == "connecting" and meeting.resolves,
    ),
    Fault(
        "The user stops while the connection is made",
        place=Place(scheme="https", mends=False),
        at_once=hangs,
        kind="cancelled",
        stop_when=lambda meeting: meeting.stage == "connecting" and bool(meeting.server.connections),
    ),
    Fault(
        "The user stops while the request is sent",
        at_once=lambda connection: _is_deaf(connection),
        prompt="x" * 10_000_000,
        kind="cancelled",
        stop_when=lambda meeting: meeting.stage == "waiting" and bool(meeting.server.connections),
    ),
    Fault(
        "The user stops while the model loads, before the head",
        lambda _: hangs,
        kind="cancelled",
        stop_when=lambda meeting: bool(meeting.server.requests),
    ),
    Fault(
        "The user stops after the head, before the first text",
        lambda wire: wire.hangs_after(wire.life),
        kind="cancelled",
        stop_when=lambda meeting: meeting.sent > 0,
    ),
    Fault(
        "The user stops in the thinking",
        lambda wire: wire.hangs_after(wire.thinking("Hm")),
        kind="cancelled",
        kept=Answer(thinking="Hm"),
        stop_when=lambda meeting: bool(meeting.outcome.answer.thinking),
    ),
    Fault(
        "The user stops in the middle of the answer",
        lambda wire: wire.hangs_after(wire.text("Hello") + wire.text(" there")[:15]),
        kind="cancelled",
        kept=PART,
        stop_when=lambda meeting: bool(meeting.outcome.answer.content),
    ),
    Fault(
        "The user stops while the server keeps sending",
        without_end(lambda wire: wire.text("Hello"), lambda wire: wire.text("")),
        kind="cancelled",
        kept=PART,
        stop_when=lambda meeting: bool(meeting.outcome.answer.content),
    ),
    Fault(
        "The user stops in the wait before another try",
        refuses(503),
        options={"retry": RetryPolicy(attempts=3, backoff_initial=30.0, backoff_max=30.0)},
        kind="cancelled",
        stop_when=lambda meeting: bool(meeting.outcome.retries),
    ),
)


async def _is_deaf(connection: Connection) -> None:
    connection.stop_reading()
    await connection.closed_by_client()


CATALOGUE: Final[tuple[Fault, ...]] = (
    *CONNECTING,
    *WAITING,
    *FRAMING,
    *ERRORS,
    *ENDINGS,
    *MEANING,
    *STOPPED,
)
EVERY_MEETING: Final = tuple((fault, wire) for fault in CATALOGUE for wire in fault.wires)


def _row(fault: Fault, wire: Wire, outcome: Outcome) -> str:
    answer = outcome.answer
    parts = {"text": answer.content, "thinking": answer.thinking, "calls": answer.tool_calls}
    partial = ", ".join(f"{name} {_short(value)}" for name, value in parts.items() if value)
    requests = 0 if fault.script is None else 1 if outcome.stopped else outcome.tries
    cells = (fault.name, wire.name, outcome.kind or "-", partial or "-", str(requests), f"{outcome.seconds:.3f}")
    return f"| {' | '.join(cell.replace('|', '¦') for cell in cells)} |"


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:30]}… ({len(text):,} characters)"


def _print_table() -> None:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
            patch.delenv(name, raising=False)
            patch.delenv(name.lower(), raising=False)
        print("| fault | wire | kind | partial | requests | seconds |\n| --- | --- | --- | --- | --- | --- |")
        for fault, wire in EVERY_MEETING:
            print(_row(fault, wire, asyncio.run(meet(fault, wire))), flush=True)


if __name__ == "__main__":
    _print_table()
