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
    """Render and discard a sample answer, which loads the Markdown parser, Pygments and their caches."""
    # Import here, because this function runs in a thread while the app starts.
    from tui.ui.markdown.document import MarkdownDocument

    MarkdownDocument(_SAMPLE).lines(80)
