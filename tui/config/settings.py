"""All config keys with their defaults, units and ranges. Every other module takes them from here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any, Final, Literal, get_args

from tui.config import key_types
from tui.config.rules import Rule
from tui.config.secret import Secret, mask_address
from tui.config.sections import build_section, defaults_of, rules_of, subsection
from tui.config.tables import value_at
from tui.config.toml_text import KeyPath
from tui.config.tool_settings import ToolServerSettings, ToolSettings, tool_servers_rule
from tui.errors import ConfigError
from tui.light_dataclass import dataclass
from tui.limits import RetryPolicy, TimeLimits

ProviderType = Literal["ollama", "lmstudio", "openai", "llamacpp", "demo"]
Notify = Literal["off", "bell", "desktop"]
"""`bell` rings the terminal's bell; `desktop` asks it for a notification of the desktop."""

TerminalUpdates = Literal["scroll", "cells", "full"]
Editing = Literal["readline", "vi"]
Images = Literal["auto", "blocks", "off"]
"""`auto` uses the terminal's own graphics where it has some; `blocks` only cells with two colours each."""

_LOOK: Final = "Look"
_CHAT: Final = "Chat"
"""The groups of the settings screen that are not tables."""


@dataclass(frozen=True, slots=True)
class Buffers:
    """The sizes of the buffers between the server and the screen."""

    read_bytes: int = field(
        default=65_536,
        metadata=key_types.titled(
            "Read at once", key_types.integer("Maximum size of one read from the socket.", 1024, 2**24, "bytes")
        ),
    )
    queue_chunks: int = field(
        default=256,
        metadata=key_types.titled(
            "Chunks ahead",
            key_types.integer(
                "Chunks buffered between the reader and the screen. The reader waits while it is full.",
                1,
                100_000,
                "chunks",
            ),
        ),
    )
    max_event_bytes: int = field(
        default=2**23,
        metadata=key_types.titled(
            "Longest event",
            key_types.integer(
                "Maximum size of one line or event of a stream. A longer one is an error.", 1024, 2**30, "bytes"
            ),
        ),
    )
    flush_hz: float = field(
        default=30.0,
        metadata=key_types.titled(
            "Screen updates",
            key_types.number("Maximum rate of screen updates while an answer streams.", 1, 120, "updates a second"),
        ),
    )


@dataclass(frozen=True, slots=True, repr=False)
class ProviderSettings:
    """All settings of one provider."""

    name: str
    """The name of its table in the file."""

    type: ProviderType = field(
        metadata=key_types.choice(
            "Protocol of the server. openai is any OpenAI-compatible server.", get_args(ProviderType)
        )
    )
    base_url: str = field(
        default="", metadata=key_types.address("Address of the server, with or without a trailing /v1.")
    )
    """Empty only for type `demo`, which is the built-in server."""

    model: str = field(
        default="", metadata=key_types.line("Model to use. Empty: the last one used, else the first in the list.")
    )
    keep_alive: str | int | None = field(
        default=None,
        metadata=key_types.duration("Ollama and LM Studio: how long the model stays loaded after an answer."),
    )
    """None if not set. Then nothing is sent, and the server uses its default, "5m"."""

    api_key: Secret | None = field(
        default=None, metadata=key_types.secret("API key. Never shown, never logged. api_key_env is safer.")
    )
    api_key_env: str = field(
        default="", metadata=key_types.environment_variable("Environment variable with the API key.")
    )
    api_key_command: tuple[str, ...] = field(
        default=(),
        metadata=key_types.secret_command(
            "Command whose first line of output is the API key. It runs when the key is needed."
        ),
    )
    headers: Mapping[str, str] = field(
        default_factory=dict, metadata=key_types.headers("HTTP headers to send with every request.")
    )
    verify: bool | str = field(
        default=True,
        metadata=key_types.verification("How the server's certificate is verified."),
    )
    parallel: int = field(
        default=0,
        metadata=key_types.integer(
            "Maximum number of concurrent answers. 0 means 1 for a server on this machine or network, else 4.",
            0,
            100,
            "answers",
        ),
    )
    think: str = field(
        default="",
        metadata=key_types.thinking("Whether models think before they answer. Empty: the default of each model."),
    )
    context_length: int = field(
        default=0,
        metadata=key_types.integer(
            "Ollama and LM Studio only: context length to load models with. 0: the server's choice.",
            0,
            2**31 - 1,
            "tokens",
        ),
    )
    enabled: bool = field(
        default=True,
        metadata=key_types.boolean("Whether the provider is used. If not, it is neither asked nor listed."),
    )
    system_prompt: str = field(default="", metadata=key_types.text("System prompt of new conversations."))
    options: Mapping[str, Any] = field(
        default_factory=dict, metadata=key_types.options("Options to send with every request, as JSON values.")
    )
    timeouts: TimeLimits = field(
        default_factory=TimeLimits, metadata=subsection(TimeLimits, "Any of [timeouts], for this provider only.")
    )
    buffers: Buffers = field(
        default_factory=Buffers, metadata=subsection(Buffers, "Any of [buffers], for this provider only.")
    )
    retry: RetryPolicy = field(
        default_factory=RetryPolicy, metadata=subsection(RetryPolicy, "Any of [retry], for this provider only.")
    )

    def __repr__(self) -> str:
        # Headers, options and the address may contain secrets.
        return f"ProviderSettings({self.name!r}, {self.type!r}, {mask_address(self.base_url)!r})"

    def resolve_key(self, environ: Mapping[str, str]) -> Secret | None:
        """The API key: `api_key`, else the variable named by `api_key_env`. None if neither is set.

        `tui.runtime.api_keys` knows the other sources of a key.

        Raises:
            ConfigError: If the variable contains characters that cannot be sent.
        """
        if self.api_key is not None:
            return self.api_key
        text = environ.get(self.api_key_env, "").strip() if self.api_key_env else ""
        if not key_types.is_ascii_line(text):
            raise ConfigError(
                f"{self.api_key_env}, the API key of {self.name}, contains an invalid character.",
                hint="A key consists of printable ASCII characters on one line. Set the variable again.",
            )
        return Secret(text) if text else None


BUILT_IN: Final[Mapping[str, Mapping[str, str]]] = {
    "ollama": {"type": "ollama", "base_url": "http://127.0.0.1:11434"},
    "lmstudio": {"type": "lmstudio", "base_url": "http://127.0.0.1:1234"},
    "demo": {"type": "demo"},
}
"""The built-in providers, as tables of the config file. Tables in the file are merged over them."""


def _built_in_providers() -> Mapping[str, ProviderSettings]:
    return {name: build_section(ProviderSettings, table, name=name) for name, table in BUILT_IN.items()}


def _providers_rule() -> Rule:
    provider = Rule(
        about="", allowed="a table such as [providers.ollama]", types=(dict,), fields=rules_of(ProviderSettings)
    )
    name = Rule(
        about="", allowed="printable and not empty", types=(str,), accepts=lambda n: bool(n.strip()) and n.isprintable()
    )
    return Rule(
        about="The servers, by names of your choice.",
        allowed="tables such as [providers.ollama]",
        types=(dict,),
        items=provider,
        names=name,
    )


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings: the user's, and defaults for the others."""

    provider: str = field(
        default="ollama",
        metadata=key_types.titled(
            "Provider at start",
            key_types.line(
                "Which one is used first. Empty: the first one that is reachable, else the demo.",
                "the name of a provider, or empty",
            ),
            _CHAT,
            "from the next start",
        ),
    )
    theme: str = field(
        default="auto",
        metadata=key_types.titled(
            "Theme", key_types.line("Colour theme: auto, lamplight, daylight, or one of Textual's."), _LOOK
        ),
    )
    text_width: int = field(
        default=96,
        metadata=key_types.titled(
            "Text width",
            key_types.integer("Columns of text in the conversation.", 0, 1000, "columns", zero="all there are"),
            _LOOK,
        ),
    )
    sidebar_width: int = field(
        default=31,
        metadata=key_types.titled(
            "Sidebar width", key_types.integer("Columns of the sidebar.", 24, 60, "columns"), _LOOK
        ),
    )
    confirm_quit: bool = field(
        default=True,
        metadata=key_types.titled(
            "Ask before quitting",
            key_types.boolean("Whether Ctrl+Q asks while answers stream, prompts wait or models are downloaded."),
            _CHAT,
        ),
    )
    motion: bool = field(
        default=True,
        metadata=key_types.titled(
            "Motion", key_types.boolean("Whether a sign moves while an answer is awaited."), _LOOK
        ),
    )
    keep_days: int = field(
        default=0,
        metadata=key_types.titled(
            "Keep conversations",
            key_types.integer(
                "Conversations that were not used for this long are deleted when the chat starts, except pinned ones. "
                "0 keeps all.",
                0,
                36_500,
                "days",
                zero="for ever",
            ),
            _CHAT,
            "from the next start",
        ),
    )
    notify: Notify = field(
        default="off",
        metadata=key_types.titled(
            "Notify",
            key_types.choice(
                "What happens when an answer ends, or a tool asks, while the terminal does not have the focus.",
                get_args(Notify),
            ),
            _CHAT,
        ),
    )
    terminal_updates: TerminalUpdates = field(
        default="scroll",
        metadata=key_types.titled(
            "Terminal updates",
            key_types.choice(
                "What goes to the terminal: changed cells, scrolled by it (scroll) or rewritten (cells); "
                "or all (full).",
                get_args(TerminalUpdates),
            ),
            _LOOK,
        ),
    )
    ascii: bool = field(
        default=False,
        metadata=key_types.titled(
            "Plain symbols (ASCII)",
            key_types.boolean("Draw marks and lines with ASCII characters. Answers stay as they are."),
            _LOOK,
        ),
    )
    images: Images = field(
        default="auto",
        metadata=key_types.titled(
            "Pictures",
            key_types.choice(
                "How pictures are shown: by the terminal's own graphics where it has some (auto), as blocks of colour, "
                "or not at all. Needs the extra images.",
                get_args(Images),
            ),
            _LOOK,
        ),
    )
    editing: Editing = field(
        default="readline",
        metadata=key_types.titled(
            "Keys of the prompt",
            key_types.choice("Keys that edit the prompt. vi has insert, normal and visual mode.", get_args(Editing)),
            _CHAT,
        ),
    )
    model_titles: bool = field(
        default=False,
        metadata=key_types.titled(
            "Titles by the model",
            key_types.boolean("Ask the model for a title after the first answer, with one additional short request."),
            _CHAT,
        ),
    )
    timeouts: TimeLimits = field(
        default_factory=TimeLimits, metadata=subsection(TimeLimits, "Time limits for the parts of a request.")
    )
    buffers: Buffers = field(
        default_factory=Buffers, metadata=subsection(Buffers, "Sizes of the buffers between the server and the screen.")
    )
    retry: RetryPolicy = field(
        default_factory=RetryPolicy,
        metadata=subsection(RetryPolicy, "Retries of requests that failed before the answer started."),
    )
    tools: ToolSettings = field(
        default_factory=ToolSettings, metadata=subsection(ToolSettings, "How tools are called.")
    )
    keys: Mapping[str, str] = field(
        default_factory=dict,
        metadata=key_types.string_table(
            "Keys of actions, separated by commas. Press F1 for a list of actions.",
            {"cancel_stream": "escape"},
        ),
    )
    providers: Mapping[str, ProviderSettings] = field(
        default_factory=_built_in_providers, metadata={"rule": _providers_rule()}
    )
    mcp: Mapping[str, ToolServerSettings] = field(default_factory=dict, metadata={"rule": tool_servers_rule()})


SETTINGS: Final = Rule(about="", allowed="a table", types=(dict,), fields=rules_of(Settings))
"""The rule of the file."""

SECTIONS: Final = {"timeouts": TimeLimits, "buffers": Buffers, "retry": RetryPolicy}
"""The tables that can be set for all providers, and again for one provider."""

DEFAULTS: Final[Mapping[str, Any]] = defaults_of(Settings) | {
    name: defaults_of(of) for name, of in (SECTIONS | {"tools": ToolSettings}).items()
}
"""The defaults of all values outside of `[providers]` and `[mcp]`, as a table of the file."""

_TABLES_WITH_NAMES: Final[Mapping[str, type]] = {"providers": ProviderSettings, "mcp": ToolServerSettings}
"""The tables whose names the user chooses, and the dataclass of the tables in them."""


def rule_for(path: KeyPath) -> Rule | None:
    """The rule of a key. None if the key is unknown."""
    rule: Rule | None = SETTINGS
    for name in path:
        rule = rule.rule_of(name) if rule is not None else None
    return rule


def default_of(path: KeyPath) -> Any:
    """The default of a key. None if it has no default, or the default depends on other keys."""
    section = _TABLES_WITH_NAMES.get(path[0])
    if section is None:
        return value_at(DEFAULTS, path)
    return value_at(defaults_of(section), path[2:]) if len(path) == 3 else None
