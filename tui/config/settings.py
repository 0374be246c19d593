"""The one list of keys, with their defaults, units and ranges. Whatever needs to know the keys reads them off it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, get_args

from tui.config import kinds
from tui.config.rules import Rule
from tui.config.secret import Secret, masked_address
from tui.config.sections import built, defaults_of, rules_of, section
from tui.config.tables import value_at
from tui.config.toml_text import KeyPath
from tui.errors import ConfigError

ProviderType = Literal["ollama", "lmstudio", "openai", "demo"]


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long each part of a request may take."""

    connect: float = field(default=5.0, metadata=kinds.seconds("Longest wait for a connection."))
    first_token: float = field(
        default=300.0, metadata=kinds.seconds("Longest wait for the first text. A cold model may load for minutes.")
    )
    idle: float = field(default=60.0, metadata=kinds.seconds("Longest silence between two chunks of an answer."))
    total: float = field(default=0.0, metadata=kinds.seconds("Longest time that a whole answer may take."))


@dataclass(frozen=True, slots=True)
class Buffers:
    """How much is held on the way from the server to the screen."""

    read_bytes: int = field(
        default=65_536, metadata=kinds.whole("Most that is read from the socket at once.", 1024, 2**24, "bytes")
    )
    queue_chunks: int = field(
        default=256,
        metadata=kinds.whole(
            "Chunks held between the reader and the screen. When it is full, the reader waits.", 1, 100_000, "chunks"
        ),
    )
    max_event_bytes: int = field(
        default=2**23,
        metadata=kinds.whole("Longest line or event of a stream. More is an error.", 1024, 2**30, "bytes"),
    )
    flush_hz: float = field(
        default=30.0, metadata=kinds.number("Most screen updates while an answer arrives.", 1, 120, "updates a second")
    )


@dataclass(frozen=True, slots=True)
class Retry:
    """How a request that failed before its answer began is tried again."""

    attempts: int = field(default=3, metadata=kinds.whole("Tries in all. 1 never tries again.", 1, 20, "tries"))
    backoff_initial: float = field(
        default=0.5,
        metadata=kinds.seconds("Wait before the first retry. Doubled for each one after it.", 600, "no wait"),
    )
    backoff_max: float = field(
        default=8.0, metadata=kinds.seconds("Longest of these waits. At least backoff_initial.", 600, "no wait")
    )
    statuses: tuple[int, ...] = field(
        default=(408, 425, 429, 500, 502, 503, 504),
        metadata=kinds.statuses("Refusals after which another try is worth it."),
    )


@dataclass(frozen=True, slots=True, repr=False)
class ProviderSettings:
    """One provider, with everything that holds for it."""

    name: str
    """What the user calls it: the table's name in the file."""

    type: ProviderType = field(
        metadata=kinds.choice("What the server speaks. openai is any server with that API.", get_args(ProviderType))
    )
    base_url: str = field(default="", metadata=kinds.address("Address of the server, with or without a trailing /v1."))
    """Empty only for a `demo`: the server that is built in."""

    model: str = field(
        default="", metadata=kinds.line('Model to use. "" is the last one used, else the first offered.')
    )
    keep_alive: str | int | None = field(
        default=None, metadata=kinds.duration("Ollama only: how long the model stays loaded after an answer.")
    )
    """None when the user did not set it. Then nothing is sent, and the server's own default holds, which is "5m"."""

    api_key: Secret | None = field(
        default=None, metadata=kinds.secret("Key for the server. Never shown, never logged. api_key_env is safer.")
    )
    api_key_env: str = field(default="", metadata=kinds.variable("Environment variable that holds the key."))
    headers: Mapping[str, str] = field(
        default_factory=dict, metadata=kinds.headers("HTTP headers to send with every request.")
    )
    verify: bool | str = field(
        default=True,
        metadata=kinds.verification("How the server's certificate is verified."),
    )
    parallel: int = field(
        default=0,
        metadata=kinds.whole(
            "Answers that may come from it at once. 0 is 1 for a server on this machine or network, else 4.",
            0,
            100,
            "answers",
        ),
    )
    system_prompt: str = field(default="", metadata=kinds.text("System prompt of new conversations."))
    options: Mapping[str, Any] = field(
        default_factory=dict, metadata=kinds.options("Options to send with every request, as JSON values.")
    )
    timeouts: Timeouts = field(
        default_factory=Timeouts, metadata=section(Timeouts, "Any of [timeouts], for this provider alone.")
    )
    buffers: Buffers = field(
        default_factory=Buffers, metadata=section(Buffers, "Any of [buffers], for this provider alone.")
    )
    retry: Retry = field(default_factory=Retry, metadata=section(Retry, "Any of [retry], for this provider alone."))

    def __repr__(self) -> str:
        # Headers, options and the address may all hold secrets.
        return f"ProviderSettings({self.name!r}, {self.type!r}, {masked_address(self.base_url)!r})"

    def resolve_key(self, environ: Mapping[str, str]) -> Secret | None:
        """The key to send: `api_key`, else what `api_key_env` names. None when there is none.

        Raises:
            ConfigError: When the variable holds what cannot be sent.
        """
        if self.api_key is not None:
            return self.api_key
        text = environ.get(self.api_key_env, "").strip() if self.api_key_env else ""
        if not kinds.is_ascii_line(text):
            raise ConfigError(
                f"{self.api_key_env} holds a character that cannot be in the key of {self.name}.",
                hint="A key is made of printable ASCII characters on one line: set the variable again.",
            )
        return Secret(text) if text else None


BUILT_IN: Final[Mapping[str, Mapping[str, str]]] = {
    "ollama": {"type": "ollama", "base_url": "http://127.0.0.1:11434"},
    "lmstudio": {"type": "lmstudio", "base_url": "http://127.0.0.1:1234"},
    "demo": {"type": "demo"},
}
"""The providers that are there without any file, as tables of it. The file's own tables are laid over them."""


def _built_in_providers() -> Mapping[str, ProviderSettings]:
    return {name: built(ProviderSettings, table, name=name) for name, table in BUILT_IN.items()}


def _providers_rule() -> Rule:
    provider = Rule(
        about="", allowed="a table such as [providers.ollama]", types=(dict,), fields=rules_of(ProviderSettings)
    )
    name = Rule(
        about="", allowed="printable and not empty", types=(str,), accepts=lambda n: bool(n.strip()) and n.isprintable()
    )
    return Rule(
        about="The servers, by the names that you give them.",
        allowed="tables such as [providers.ollama]",
        types=(dict,),
        items=provider,
        names=name,
    )


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that the user chose, and the defaults of the rest."""

    provider: str = field(
        default="ollama",
        metadata=kinds.line(
            'Provider at start. "" is the first reachable, else the demo.', "the name of a provider, or empty"
        ),
    )
    theme: str = field(default="textual-dark", metadata=kinds.line("Colours."))
    model_titles: bool = field(
        default=False,
        metadata=kinds.flag("Ask the model for a title after a first answer: one more short request, and no other."),
    )
    timeouts: Timeouts = field(
        default_factory=Timeouts, metadata=section(Timeouts, "How long each part of a request may take.")
    )
    buffers: Buffers = field(
        default_factory=Buffers, metadata=section(Buffers, "How much is held on the way from the server to the screen.")
    )
    retry: Retry = field(
        default_factory=Retry,
        metadata=section(Retry, "How a request that failed before its answer began is tried again."),
    )
    keys: Mapping[str, str] = field(
        default_factory=dict,
        metadata=kinds.lines(
            "Keys of actions, several parted by commas. F1 lists the actions.",
            {"cancel_stream": "escape"},
        ),
    )
    providers: Mapping[str, ProviderSettings] = field(
        default_factory=_built_in_providers, metadata={"rule": _providers_rule()}
    )


SETTINGS: Final = Rule(about="", allowed="a table", types=(dict,), fields=rules_of(Settings))
"""The rule of the whole file."""

SECTIONS: Final = {"timeouts": Timeouts, "buffers": Buffers, "retry": Retry}
"""The tables that may be set for all providers, and again for one."""

DEFAULTS: Final[Mapping[str, Any]] = defaults_of(Settings) | {name: defaults_of(of) for name, of in SECTIONS.items()}
"""The defaults of all values outside of providers, as a table of the file."""


def rule_for(path: KeyPath) -> Rule | None:
    """The rule of a key. None when nobody reads such a key."""
    rule: Rule | None = SETTINGS
    for name in path:
        rule = rule.inside(name) if rule is not None else None
    return rule


def default_of(path: KeyPath) -> Any:
    """The default of a key. None when it has none, or one that depends on what else is set."""
    if path[:1] != ("providers",):
        return value_at(DEFAULTS, path)
    return value_at(defaults_of(ProviderSettings), path[2:]) if len(path) == 3 else None
