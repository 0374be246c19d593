"""The beginning of a text that is said again → what is new. For answers that are continued."""

from __future__ import annotations


class EchoRemover:
    """Leaves away what a continued answer repeats of its beginning.

    ParsedRequest to go on with an answer, some servers go on (Ollama, vLLM), some send
    its beginning once more (llama-server), and some begin it anew, often with
    the same words. Only a repetition of all of it is one.
    """

    def __init__(self, beginning: str) -> None:
        """Args:
        beginning: What there is of the answer.
        """
        self._beginning = beginning
        self._held = ""
        self._undecided = bool(beginning)

    def feed(self, text: str) -> str:
        """What is new of the next text. What may yet turn out to be a repetition is held back."""
        if not self._undecided:
            return text
        self._held += text
        if len(self._held) < len(self._beginning) and self._beginning.startswith(self._held):
            return ""
        self._undecided = False
        return self._held.removeprefix(self._beginning)

    def finish(self) -> str:
        """What is held back at the end: the beginning of a repetition is none."""
        return self._held if self._undecided else ""
