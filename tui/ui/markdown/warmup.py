"""Makes ready, ahead of the first answer, what it will need."""

from __future__ import annotations

from typing import Final

_A_BIT_OF_EVERYTHING: Final = """# A heading

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
    """Render a small answer for nobody: that loads the Markdown parser, Pygments, and what they make at first use."""
    # Loaded by this call, which runs in a thread, and not by whoever imports it.
    from tui.ui.markdown.document import MarkdownDocument

    MarkdownDocument(_A_BIT_OF_EVERYTHING).lines(80)
