"""What the user has allowed already: in the config, and in one conversation."""

from __future__ import annotations

from collections.abc import Callable, Collection

from tui.chat.tools import Approval, ToolSpec


class Approvals:
    """Standing approvals. Each is for a tool as its server described it then: a changed tool needs another one."""

    def __init__(self, allowed: Callable[[], Collection[str]], known: dict[str, str]) -> None:
        """Args:
        allowed: Returns the tools that the config allows, by their full names: `files.read_file`.
        known: The fingerprint of each tool that the config allows, by its full name, as of its first use in this run of
            the program. Shared by all conversations, and added to here.
        """
        self._allowed = allowed
        self._known = known
        self._in_conversation: set[tuple[str, str]] = set()

    def approval(self, spec: ToolSpec) -> Approval | None:
        """Who has allowed a tool. None if the user has to be asked."""
        if (spec.full_name, spec.fingerprint) in self._in_conversation:
            return "conversation"
        if spec.full_name in self._allowed():
            # The config has only names, so it allows the tool as it is when it is first called.
            return "config" if self._known.setdefault(spec.full_name, spec.fingerprint) == spec.fingerprint else None
        return None

    def allow_in_conversation(self, spec: ToolSpec) -> None:
        """Allow a tool for the rest of the conversation."""
        self._in_conversation.add((spec.full_name, spec.fingerprint))

    def allow_always(self, spec: ToolSpec) -> None:
        """Note that the user has added a tool, as it is now, to what the config allows."""
        self._known[spec.full_name] = spec.fingerprint
