from __future__ import annotations

import tomllib

import pytest

from tui.config.outline import parse_outline
from tui.config.toml_text import key_path

TRICKY = '''\
# timeouts.idle = 1
"theme" = """
[timeouts]
idle = 2 # no key \\""" still inside
"""\r
provider = \'\'\'
[retry]
''\'\'\'
[ timeouts ] # [retry]
'idle' = 3
  total=4
[providers . "my.server"]
options = { stop = ["]", "}", """
x = 1
"""], inner = { a = 1, "b" = 2 } } # } x = 2
array = [
  1, # ]
  [2, { deep = "]" }],
]
when = 1979-05-27 07:32:00 # idle = 4
retry.attempts = 1
[[servers]]
name = "one"
[servers.port]
number = 1
[[servers]]
name = "two"
[servers.port]
number = 2
[last]'''


@pytest.mark.parametrize(
    ("key", "line"),
    [
        ("theme", 2),
        ("provider", 6),
        ("timeouts", 9),
        ("timeouts.idle", 10),
        ("timeouts.total", 11),
        ('providers."my.server"', 12),
        ('providers."my.server".options', 13),
        ('providers."my.server".options.stop', 13),
        ('providers."my.server".options.inner.b', 15),
        ('providers."my.server".array', 16),
        ('providers."my.server".when', 20),
        ('providers."my.server".retry.attempts', 21),
        ('providers."my.server".retry', 21),
        ('servers."[0]".name', 23),
        ('servers."[0]".port.number', 25),
        ('servers."[1]".port.number', 29),
        ("servers", 22),
        ("last", 30),
        ("timeouts.connect", 9),
        ('providers."my.server".type', 12),
    ],
)
def test_finds_the_line_of_a_key(key: str, line: int) -> None:
    tomllib.loads(TRICKY)

    assert parse_outline(TRICKY).line(key_path(key)) == line


@pytest.mark.parametrize("key", ["idle", "retry", "nothing", "x", "deep"])
def test_missing_key_has_no_line(key: str) -> None:
    assert parse_outline(TRICKY).line((key,)) is None


def test_value_spans_are_exact() -> None:
    outline = parse_outline(TRICKY)

    for entry in outline.entries:
        if entry.kind == "pair" and entry.table in ((), ("timeouts",), ("providers", "my.server")):
            value = tomllib.loads(f"value = {TRICKY[entry.value : entry.end]}")["value"]
            data = tomllib.loads(TRICKY)
            for name in entry.path:
                data = data[name]
            assert value == data


@pytest.mark.parametrize(
    "text", ["", "# only a comment", "theme", "[", "= 1", "theme = ", "theme = [", 'theme = "', "a = {b"]
)
def test_invalid_toml_ends_the_outline(text: str) -> None:
    assert parse_outline(text).line(("retry",)) is None
