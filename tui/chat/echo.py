"""Removes from a continued answer the beginning that the server repeats."""

from __future__ import annotations


class EchoRemover:
    """Removes the repeated beginning of a continued answer.

    Asked to continue an answer, some servers send only the rest (Ollama, vLLM),
    some repeat the beginning first (llama-server), and some start over, often
    with the same words. Only a repetition of the whole beginning is removed.
    """

    def __init__(self, beginning: str) -> None:
        """Args:
        beginning: The partial answer to continue.
        """
        self._beginning = beginning
        self._pending = ""
        self._undecided = bool(beginning)

    def feed(self, text: str) -> str:
        """The new part of the next text. Text that may still be a repetition is held back."""
        if not self._undecided:
            return text
        self._pending += text
        if len(self._pending) < len(self._beginning) and self._beginning.startswith(self._pending):
            return ""
        self._undecided = False
        return self._pending.removeprefix(self._beginning)

    def finish(self) -> str:
        """The text held back at the end: an incomplete repetition is not removed."""
        return self._pending if self._undecided else ""
