"""Loads what the first answer needs, ahead of it."""

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
    """Render a small answer and discard it: this loads the Markdown parser, Pygments, and what they build lazily."""
    # Imported here because this call runs in a thread, while importing this module must stay cheap.
    from tui.ui.markdown.document import MarkdownDocument

    MarkdownDocument(_SAMPLE).lines(80)
