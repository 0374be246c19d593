"""What the user has allowed already: in the config, and in one conversation."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from tui.chat.tools import Approval, ToolSpec


class KnownTools:
    """The tools that the config allows, as their servers describe them.

    The config has only names, so it allows a tool as it is when it is first called.
    """

    def __init__(self, on_learned: Callable[[str, str], None] = lambda _name, _fingerprint: None) -> None:
        """Args:
        on_learned: Called with the full name and the fingerprint of a tool, to be saved.
        """
        self._fingerprints: dict[str, str] = {}
        self._on_learned = on_learned

    def add_saved(self, fingerprints: Mapping[str, str]) -> None:
        """Add what was saved in an earlier run of the program."""
        self._fingerprints = {**fingerprints, **self._fingerprints}

    def note_call(self, spec: ToolSpec) -> None:
        """Note a tool that is called as it is, if it is the first call."""
        if spec.full_name not in self._fingerprints:
            self.learn(spec)

    def has_changed(self, spec: ToolSpec) -> bool:
        """Whether a tool was called before, and its server describes it in another way since."""
        return self._fingerprints.get(spec.full_name, spec.fingerprint) != spec.fingerprint

    def learn(self, spec: ToolSpec) -> None:
        """Note a tool as it is now."""
        self._fingerprints[spec.full_name] = spec.fingerprint
        self._on_learned(spec.full_name, spec.fingerprint)


class Approvals:
    """Standing approvals. Each is for a tool as its server described it then: a changed tool needs another one."""

    def __init__(
        self,
        allowed: Callable[[], Collection[str]],
        known: KnownTools,
        in_conversation: Callable[[], Mapping[str, str]],
        save: Callable[[Mapping[str, str]], None],
    ) -> None:
        """Args:
        allowed: Returns the tools that the config allows, by their full names: `files.read_file`.
        known: The same tools, as they were when they were first called. Shared by all conversations.
        in_conversation: Returns the fingerprint of each tool that the user allowed in the conversation, by its full
            name.
        save: Replaces what `in_conversation` returns.
        """
        self._allowed = allowed
        self._known = known
        self._in_conversation = in_conversation
        self._save = save

    def approval(self, spec: ToolSpec) -> Approval | None:
        """Who has allowed a tool that is about to be called. None if the user has to be asked."""
        found = self.allowed_by(spec)
        if found == "config":
            self._known.note_call(spec)
        return found

    def allowed_by(self, spec: ToolSpec) -> Approval | None:
        """Who has allowed a tool as it is now."""
        if self._in_conversation().get(spec.full_name) == spec.fingerprint:
            return "conversation"
        return "config" if spec.full_name in self._allowed() and not self._known.has_changed(spec) else None

    def has_changed(self, spec: ToolSpec) -> bool:
        """Whether the user has allowed a tool before, and its server describes it in another way since."""
        if self._in_conversation().get(spec.full_name, spec.fingerprint) != spec.fingerprint:
            return True
        return spec.full_name in self._allowed() and self._known.has_changed(spec)

    def allow_in_conversation(self, spec: ToolSpec) -> None:
        """Allow a tool for the rest of the conversation."""
        self._save({**self._in_conversation(), spec.full_name: spec.fingerprint})

    def withdraw(self, spec: ToolSpec) -> None:
        """Ask again before a tool is called that was allowed in the conversation."""
        self._save({name: each for name, each in self._in_conversation().items() if name != spec.full_name})

    def allow_always(self, spec: ToolSpec) -> None:
        """Note that the user has added a tool, as it is now, to what the config allows."""
        self._known.learn(spec)
