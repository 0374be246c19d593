"""Loads the modules for rendering ahead of the first answer."""

from __future__ import annotations

from typing import Final

_SAMPLE: Final = """# A heading

A *paragraph* with `code`, **emphasis** and a [link](https://example.org).

- a list

| a | table |
|---|---|
| of | cells |

```python
def code(): ...
```
"""


def warm_up() -> None:
    """Lay out and discard a sample answer, which loads the Markdown parser, Pygments, and what compiles late."""
    # Import here, because this function runs in a thread while the app starts.
    from tui.chat.message import ChatMessage
    from tui.ui.log.entries import AnswerEntry
    from tui.ui.log.scrollback import Scrollback

    scrollback = Scrollback()
    scrollback.resize(80, 40)
    scrollback.show([AnswerEntry(ChatMessage("sample", "assistant", _SAMPLE))])
    scrollback.settle()
