"""An endless Markdown text as tokens, to test long answers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_TOKEN = re.compile(r"\s{0,4}\S{1,4}|\s{1,4}")

_PAGE_TEXT = """

Lorem ipsum dolor sit amet, **consectetur** adipiscing elit, sed do eiusmod tempor incididunt ut labore et dolore \
magna aliqua. Ut enim ad minim veniam, quis *nostrud* exercitation ullamco laboris nisi ut `aliquip` ex ea commodo \
consequat.

- Duis aute irure dolor in *reprehenderit*
- in voluptate velit esse cillum dolore
  - eu fugiat nulla pariatur
  - excepteur sint `occaecat`
- cupidatat non proident

```python
def lorem(ipsum: list[str]) -> str:
    \"\"\"Dolor sit amet.\"\"\"
    amet = [word.title() for word in ipsum if word]  # consectetur
    return ", ".join(amet)
```

Sunt in culpa qui officia deserunt mollit anim id est laborum. Sed ut perspiciatis unde omnis iste natus error sit \
voluptatem accusantium doloremque laudantium, totam rem aperiam, eaque ipsa quae ab illo inventore veritatis et quasi \
architecto beatae vitae dicta sunt explicabo: naïve façade, Ελληνικά, 日本語の文字, 🌊.

### Nemo enim

1. Nemo enim ipsam voluptatem quia voluptas sit
2. aspernatur aut odit aut fugit, sed quia consequuntur
3. magni dolores eos qui ratione

> Neque porro quisquam est, qui dolorem ipsum quia dolor sit amet, consectetur, adipisci velit, sed quia non numquam \
eius modi tempora incidunt.

| quaerat | voluptatem | ut |
| --- | --- | ---: |
| enim | ad minima | 1 |
| veniam | quis *nostrum* | 22 |
| exercitationem | `ullam` | 333 |

Quis autem vel eum iure reprehenderit qui in ea voluptate velit esse quam nihil molestiae consequatur, vel illum qui \
dolorem eum fugiat quo voluptas nulla pariatur? At vero eos et accusamus et iusto odio dignissimos ducimus qui \
blanditiis praesentium voluptatum deleniti atque corrupti quos dolores et quas molestias excepturi sint occaecati \
cupiditate non provident.

Similique sunt in culpa qui officia deserunt mollitia animi, id est laborum et dolorum fuga. Et harum quidem rerum \
facilis est et expedita distinctio.

```sh
for ipsum in dolor sit amet; do
    printf '%s\\n' "$ipsum" | sort -u
done
```

Nam libero tempore, cum soluta nobis est eligendi optio cumque nihil impedit quo minus id quod maxime placeat facere \
possimus, omnis voluptas assumenda est, omnis dolor repellendus. See [temporibus](https://example.org/autem) quibusdam \
et aut officiis debitis aut rerum necessitatibus saepe eveniet.

"""


def tokens_of(text: str) -> list[str]:
    """Split a text into tokens of about four characters. Joined, they are the text again."""
    return _TOKEN.findall(text)


# The empty token is replaced by the page number.
_PAGE = (*tokens_of("## Lorem ipsum, part "), "", *tokens_of(_PAGE_TEXT))


def lorem_tokens(count: int) -> Iterator[str]:
    """The first `count` tokens of an endless Markdown text. A token depends on its position only."""
    for position in range(count):
        page, position_in_page = divmod(position, len(_PAGE))
        yield _PAGE[position_in_page] or str(page + 1)
