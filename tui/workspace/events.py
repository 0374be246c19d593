"""Events that tell presenters what changed in the workspace. Delivered synchronously, in the order they happen."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from tui.chat.conversation import Conversation
from tui.chat.turn import TurnEnded
from tui.errors import LlmTuiError
from tui.light_dataclass import dataclass

if TYPE_CHECKING:
    from tui.config.settings import Settings
    from tui.workspace.open_conversation import OpenConversation


@dataclass(frozen=True, slots=True)
class _PlainEvent:
    """An event without values. Making a class of data for each of them would take a millisecond of the start."""


class CurrentLeaving(_PlainEvent):
    """The current conversation is about to be left: what returns to the composer now becomes part of its draft."""

    __slots__ = ()


class CurrentLeft(_PlainEvent):
    """The current conversation is about to be left, and its draft is saved. What is typed next belongs to another."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class CurrentChanged:
    """Another conversation is current. Its draft follows as `PromptReturned`."""

    conversation: OpenConversation | None
    """None while it is still being loaded."""


@dataclass(frozen=True, slots=True)
class TailRequested:
    """The last messages of a conversation are being loaded. `TailLoaded` follows, unless it fails."""


@dataclass(frozen=True, slots=True)
class TailLoaded:
    """The last messages of a conversation are loaded. They are shown while the rest is loading."""

    tail: Conversation


@dataclass(frozen=True, slots=True)
class PathChanged:
    """Another path of the current conversation is shown: another version, or fewer messages."""

    conversation: Conversation
    selected: str | None = None
    """The message to select, by its id."""


@dataclass(frozen=True, slots=True)
class MessageFound:
    """The user went to a message of the current conversation."""

    message_id: str
    words: tuple[str, ...] = ()
    """The words in it that were searched for. Empty for none."""


class DetailsChanged(_PlainEvent):
    """Provider, model, options or the like of an open conversation changed."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class SettingsChanged:
    """The config file was changed, or read again."""

    before: Settings
    """The settings so far."""


@dataclass(frozen=True, slots=True)
class ListChanged:
    """The list of conversations changed."""

    restored: str = ""
    """The id of a conversation that is back. Empty for none."""


class ProvidersChanged(_PlainEvent):
    """A provider was probed, or the providers of the config changed."""

    __slots__ = ()


class ServersFound(_PlainEvent):
    """A search for servers ended, or a server that was found is now a provider."""

    __slots__ = ()


class ModelsChanged(_PlainEvent):
    """A provider listed its models, a favourite changed, or more is known about a model."""

    __slots__ = ()


class ModelJobsChanged(_PlainEvent):
    """A download or load of a model began, went on, or ended."""

    __slots__ = ()


class ImportsChanged(_PlainEvent):
    """An import of conversations began, went on, or ended."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class WaitingForProvider:
    """A prompt waits until a provider is chosen, or no longer does."""

    is_waiting: bool


@dataclass(frozen=True, slots=True)
class SubmissionsWaiting:
    """What waits for a server changed: prompts and commands that are not handled yet."""

    texts: tuple[str, ...]
    """As typed, in order. Empty when nothing waits any more."""


class SubmissionsHandled(_PlainEvent):
    """Everything that was submitted is handled: sent, run, or returned. Answers may still be streaming."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class QueueChanged:
    """The prompts that wait behind the answer of a conversation changed."""

    conversation: OpenConversation


@dataclass(frozen=True, slots=True)
class TurnBegan:
    """A turn was started in a conversation."""

    conversation: OpenConversation


@dataclass(frozen=True, slots=True)
class TurnFinished:
    """A turn is over, and its answer is saved."""

    conversation: OpenConversation
    ended: TurnEnded


@dataclass(frozen=True, slots=True)
class PromptReturned:
    """A text to put into the composer of the current conversation, above what is typed there."""

    text: str
    editing: str | None = None
    """The earlier prompt that it was to replace, by its id."""


@dataclass(frozen=True, slots=True)
class ToolQuestionsChanged:
    """A tool call of an open conversation waits for the user, or no longer does."""

    conversation_id: str


@dataclass(frozen=True, slots=True)
class ToolServersChanged:
    """The state of a tool server changed, or which tools are on in a conversation."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A short message for the user."""

    text: str
    seconds: float = 4.0
    """How long to show it."""


@dataclass(frozen=True, slots=True)
class ErrorRaised:
    """An error that belongs to no turn."""

    error: LlmTuiError


Event = (
    CurrentLeaving
    | CurrentLeft
    | CurrentChanged
    | TailRequested
    | TailLoaded
    | PathChanged
    | MessageFound
    | DetailsChanged
    | SettingsChanged
    | ListChanged
    | ProvidersChanged
    | ServersFound
    | ModelsChanged
    | ModelJobsChanged
    | ImportsChanged
    | WaitingForProvider
    | SubmissionsWaiting
    | SubmissionsHandled
    | QueueChanged
    | TurnBegan
    | TurnFinished
    | PromptReturned
    | ToolQuestionsChanged
    | ToolServersChanged
    | Notice
    | ErrorRaised
)

_E = TypeVar("_E", bound=Event)


class Events:
    """Delivers events to the handlers of their type."""

    def __init__(self, is_open: Callable[[], bool] = lambda: True) -> None:
        """Args:
        is_open: Returns whether there is anything left to show events. Turns end while a screen is taken apart.
        """
        self.is_open = is_open
        """Whether there is anything left to show events."""
        self._handlers: dict[type, list[Callable[[Any], None]]] = {}

    def subscribe(self, event_type: type[_E], handler: Callable[[_E], None]) -> Callable[[], None]:
        """Call a handler for each event of a type, in the order of subscription. Returns what ends that."""
        handlers = self._handlers.setdefault(event_type, [])
        handlers.append(handler)
        return lambda: handlers.remove(handler)

    def emit(self, *events: Event) -> None:
        """Deliver events in order. Returns when every handler has been called."""
        for event in events:
            if self.is_open():
                for handler in tuple(self._handlers.get(type(event), ())):
                    handler(event)

    def notify(self, text: str, seconds: float = 4.0) -> None:
        """Emit a `Notice`."""
        self.emit(Notice(text, seconds))
