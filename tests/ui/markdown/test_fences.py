"""Where fences end."""

from __future__ import annotations

import pytest

from tests.ui.markdown.documents import streamed, texts, whole
from tui.ui.markdown.document import MarkdownDocument

README = "# Title\n\n```bash\nnpm install\n```\n\n## Usage\n\n~~~js\nrun()\n~~~"


def shown(source: str) -> list[str]:
    return [line.text.strip() for line in MarkdownDocument(source).lines(60)]


@pytest.mark.parametrize("info", ["markdown", "md", " Markdown title=x", "{.md}", "mdx", "rmd"])
@pytest.mark.parametrize("mark", ["```", "~~~", "`````"])
def test_text_after_markdown_with_fences_is_prose(mark: str, info: str) -> None:
    lines = shown(f"So:\n\n{mark}{info}\n{README}\n{mark}\n\nText **after**.")

    assert lines[-1] == "Text after."
    assert [line for line in README.split("\n") if line in lines] == README.split("\n")


@pytest.mark.parametrize("prefix", ["- ", "> ", "1. "])
@pytest.mark.parametrize("repeat", [1, 60])
def test_markdown_with_fences_may_be_in_item_or_quote(prefix: str, repeat: int) -> None:
    rest = prefix if prefix == "> " else " " * len(prefix)
    lines = ["```md", *README.split("\n") * repeat, "```", "Text **after**."]
    source = prefix + f"\n{rest}".join(lines)

    assert shown(source)[-1].endswith("Text after.")
    assert streamed([(character, False) for character in source], 40) == whole(source, 40)


@pytest.mark.parametrize(
    ("source", "last"),
    [
        ("```python\nx\n```bash\n```\n**a**", "a"),
        ("````md\n```bash\n````\n**a**", "**a**"),
        ("```markdown\n# a\n```\n**b**", "b"),
        ("```mdown\n```bash\nx\n```\n**b**", "b"),
        ("```md\n```\n**b**", "b"),
        ("```md\n```a`b\n```\n**b**", "b"),
        ("```md\n~~~js\n```\n~~~\n```\n**b**", "b"),
        ("    ```md\n    ```js\n\n**b**", "b"),
    ],
)
def test_only_fence_with_language_opens_fence_inside_markdown(source: str, last: str) -> None:
    assert shown(source)[-1] == last


def test_code_block_of_markdown_contains_its_fences() -> None:
    blocks = MarkdownDocument(f"```markdown\n{README}\n```\n\n- ```md\n  ```js\n  x\n  ```\n  ```\n").code_blocks()

    assert [(block.language, block.code) for block in blocks] == [("markdown", README), ("md", "```js\nx\n```")]


def test_item_ends_its_unclosed_markdown_fence() -> None:
    assert texts("- ```md\n  ```js\n\nafter") == ["•   md", "    ```js", "", "", "after"]


def test_line_that_closes_fence_inside_markdown_is_shown_while_streaming() -> None:
    source = "```md\n" + "text\n" * 40 + "```js\n" + "x = 1\n" * 600 + "```\nmore\n```\n"
    opening, *lines, _ = source.splitlines(keepends=True)
    document = MarkdownDocument(opening, finished=False)
    for line in lines:
        document.append(line)
        assert document.lines(40)[-1].text.strip() == line.strip()
