"""The kinds of keys there are. Each gives a rule, packed as the `metadata` of a dataclass field."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from tui.config.rules import Rule, is_json
from tui.config.secret import Secret, hidden, masked_address, masked_headers

Metadata = Mapping[str, Rule]

_DURATION: Final = re.compile(r"-?(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|ms|s|m|h))+)", re.ASCII)
_VARIABLE: Final = re.compile(r"(?:[A-Za-z_][A-Za-z0-9_]*)?")
_HEADER_NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_HEADER_TEXT: Final = re.compile(r"[\t\x20-\x7e]*")
_ADDRESS: Final = re.compile(
    r"(?:(?:https?://)?(?:[^\s\\/?#]*@)?(?P<place>[^\s\\/?#@]+)(?:[/?#][^\s\\]*)?)?", re.IGNORECASE
)
_PLACE: Final = re.compile(r"(?:\[(?P<ipv6>[^\[\]]*)\]|[^:\[\]]*)(?::(?P<port>\d{1,5}))?", re.ASCII)


def number(about: str, least: int, most: int, unit: str, *, zero: str = "") -> Metadata:
    """A number, whole or not. Stored as a float.

    Args:
        about: One sentence.
        least: The smallest.
        most: The greatest.
        unit: What it counts.
        zero: What 0 means, where that is something of its own.
    """
    means = f" (0 means {zero})" if zero else ""
    allowed = f"a number of {unit} from {least} to {most}{means}"
    return _key(Rule(about=about, allowed=allowed, types=(int, float), least=least, most=most, unit=unit, stored=float))


def seconds(about: str, most: int = 86_400, zero: str = "no limit") -> Metadata:
    """A time."""
    return number(about, 0, most, "seconds", zero=zero)


def whole(about: str, least: int, most: int, unit: str) -> Metadata:
    """A whole number."""
    allowed = f"a whole number of {unit} from {least} to {most}"
    return _key(Rule(about=about, allowed=allowed, types=(int,), least=least, most=most, unit=unit))


def flag(about: str) -> Metadata:
    """Yes or no."""
    return _key(Rule(about=about, allowed="true or false", types=(bool,)))


def line(about: str, allowed: str = "text on one line") -> Metadata:
    """Text without line breaks or other control characters."""
    return _key(Rule(about=about, allowed=allowed, types=(str,), accepts=_is_line))


def text(about: str) -> Metadata:
    """Any text."""
    return _key(Rule(about=about, allowed="text", types=(str,)))


def choice(about: str, choices: tuple[str, ...]) -> Metadata:
    """One of a few words."""
    allowed = "one of " + ", ".join(f'"{word}"' for word in choices)
    return _key(Rule(about=about, allowed=allowed, types=(str,), choices=choices))


def address(about: str) -> Metadata:
    """The address of a server."""
    allowed = "an address such as http://127.0.0.1:11434"
    return _key(Rule(about=about, allowed=allowed, types=(str,), accepts=is_address, shown=masked_address))


def is_address(written: str) -> bool:
    """Whether it can be taken for the address of a server. Empty is taken: a key that is not set."""
    found = _ADDRESS.fullmatch(written)
    if found is None or not written.isprintable():
        return False
    place = _PLACE.fullmatch(found["place"] or "")
    return (
        place is not None
        and 0 < int(place["port"] or 1) < 65_536
        and (place["ipv6"] is None or _is_ipv6(place["ipv6"]))
    )


def _is_ipv6(written: str) -> bool:
    import ipaddress

    try:
        ipaddress.IPv6Address(written)
    except ValueError:
        return False
    return True


def duration(about: str) -> Metadata:
    """A duration as Go writes it, or whole seconds. None when the user did not set it."""
    return _key(
        Rule(
            about=about,
            allowed='a duration such as "5m", or a whole number of seconds from -1 (for ever) to 31536000',
            types=(str, int),
            least=-1,
            most=31_536_000,
            unit="seconds",
            accepts=lambda written: _DURATION.fullmatch(written) is not None,
            example="5m",
        )
    )


def secret(about: str) -> Metadata:
    """A text that is never shown. Stored as a Secret, or None when it is empty."""
    return _key(
        Rule(
            about=about,
            allowed="text of printable ASCII characters",
            types=(str,),
            accepts=is_ascii_line,
            stored=lambda written: Secret(written) if written else None,
            shown=hidden,
            example="",
        )
    )


def is_ascii_line(written: str) -> bool:
    """Whether the text can stand in an HTTP header as it is."""
    return written.isascii() and written.isprintable()


def variable(about: str) -> Metadata:
    """The name of an environment variable. What is no name is not shown: people put the secret itself here."""
    allowed = "the name of an environment variable (letters, digits and _)"
    return _key(
        Rule(
            about=about,
            allowed=allowed,
            types=(str,),
            accepts=lambda written: _VARIABLE.fullmatch(written) is not None,
            shown=lambda value: value if isinstance(value, str) and _VARIABLE.fullmatch(value) else hidden(value),
        )
    )


def headers(about: str) -> Metadata:
    """HTTP headers. What they hold is not shown where its name looks like a secret's."""
    value = Rule(
        about="",
        allowed="text of printable ASCII characters",
        types=(str,),
        accepts=lambda written: _HEADER_TEXT.fullmatch(written) is not None,
        shown=hidden,
    )
    name = Rule(
        about="",
        allowed="the name of an HTTP header, such as X-Team",
        types=(str,),
        accepts=lambda written: _HEADER_NAME.fullmatch(written) is not None,
    )
    return _key(
        Rule(
            about=about,
            allowed="a table of texts",
            types=(dict,),
            example={"X-Team": "search"},
            shown=masked_headers,
            items=value,
            names=name,
        )
    )


def options(about: str) -> Metadata:
    """A table of whatever JSON can hold."""
    value = Rule(
        about="",
        allowed="a text, a number, true or false, or an array or table of them",
        types=(str, int, float, bool, list, dict),
        accepts=is_json,
    )
    example = {"temperature": 0.7}
    return _key(Rule(about=about, allowed="a table", types=(dict,), example=example, items=value))


def lines(about: str, example: Mapping[str, str]) -> Metadata:
    """A table of texts on one line each, by free names."""
    return _key(Rule(about=about, allowed="a table of texts", types=(dict,), example=example, items=line("")["rule"]))


def verification(about: str) -> Metadata:
    """Whether and by which CA bundle a server's certificate is verified."""
    return _key(
        Rule(
            about=about,
            allowed="true, false or the path of a CA bundle",
            types=(bool, str),
            accepts=lambda value: value in (True, False) or (value != "" and _is_line(value)),
        )
    )


def statuses(about: str) -> Metadata:
    """HTTP statuses. Stored as a tuple."""
    return _key(
        Rule(
            about=about,
            allowed="an array of HTTP statuses, whole numbers from 100 to 599",
            types=(list,),
            accepts=lambda items: all(type(item) is int and 100 <= item <= 599 for item in items),
            stored=tuple,
        )
    )


def _is_line(written: str) -> bool:
    return not any(character < " " or "\x7f" <= character < "\xa0" for character in written)


def _key(rule: Rule) -> Metadata:
    return {"rule": rule}
