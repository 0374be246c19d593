"""The types of keys. Each function returns a rule as the `metadata` of a dataclass field."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from tui.config.rules import Rule, is_json
from tui.config.secret import MASK, Secret, mask_address, mask_all, mask_headers, mask_table
from tui.config.toml_text import toml_value
from tui.lazy_pattern import lazy_pattern

Metadata = Mapping[str, Rule]

_DURATION: Final = lazy_pattern(r"-?(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|ms|s|m|h))+)", re.ASCII)
_VARIABLE: Final = lazy_pattern(r"(?:[A-Za-z_][A-Za-z0-9_]*)?")
_THINKING: Final = lazy_pattern(r"(?:[A-Za-z][\w.-]{0,39})?", re.ASCII)
_HEADER_NAME: Final = lazy_pattern(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_HEADER_TEXT: Final = lazy_pattern(r"[\t\x20-\x7e]*")
_ADDRESS: Final = lazy_pattern(
    r"(?:(?:https?://)?(?:[^\s\\/?#]*@)?(?P<host_port>[^\s\\/?#@]+)(?:[/?#][^\s\\]*)?)?", re.IGNORECASE
)
_HOST_PORT: Final = lazy_pattern(r"(?:\[(?P<ipv6>[^\[\]]*)\]|[^:\[\]]*)(?::(?P<port>\d{1,5}))?", re.ASCII)


def titled(title: str, metadata: Metadata, group: str = "", effect: str = "") -> Metadata:
    """The metadata of a key with its name in the settings screen.

    Args:
        title: The name, in the words of a person.
        metadata: The metadata.
        group: The group that lists it. Empty for the name of the key's table.
        effect: When a change takes effect, if not at once: `from the next start`.
    """
    return _key(replace(metadata["rule"], title=title, group=group, effect=effect))


def number(about: str, minimum: int, maximum: int, unit: str, *, zero: str = "") -> Metadata:
    """A number, converted to a float.

    Args:
        about: One sentence about the key.
        minimum: The smallest valid number.
        maximum: The largest valid number.
        unit: The unit, such as `seconds`.
        zero: What 0 means, if it has a special meaning.
    """
    zero_note = f" (0 means {zero})" if zero else ""
    allowed = f"a number of {unit} from {minimum} to {maximum}{zero_note}"
    return _key(
        Rule(
            about=about,
            allowed=allowed,
            types=(int, float),
            minimum=minimum,
            maximum=maximum,
            unit=unit,
            zero=zero,
            convert=float,
        )
    )


def seconds(about: str, maximum: int = 86_400, zero: str = "no limit") -> Metadata:
    """A number of seconds."""
    return number(about, 0, maximum, "seconds", zero=zero)


def integer(about: str, minimum: int, maximum: int, unit: str, *, zero: str = "") -> Metadata:
    """A whole number."""
    zero_note = f" (0 means {zero})" if zero else ""
    allowed = f"a whole number of {unit} from {minimum} to {maximum}{zero_note}"
    return _key(
        Rule(about=about, allowed=allowed, types=(int,), minimum=minimum, maximum=maximum, unit=unit, zero=zero)
    )


def boolean(about: str) -> Metadata:
    """True or false."""
    return _key(Rule(about=about, allowed="true or false", types=(bool,)))


def line(about: str, allowed: str = "text on one line") -> Metadata:
    """Text without line breaks or other control characters."""
    return _key(Rule(about=about, allowed=allowed, types=(str,), accepts=_is_line))


def thinking(about: str) -> Metadata:
    """A value of the option `think`. Empty if it is not set."""
    return _key(
        Rule(
            about=about,
            allowed='"off", "on", a level of the model such as "low", or empty',
            types=(str,),
            accepts=lambda value: _THINKING.fullmatch(value) is not None,
        )
    )


def text(about: str) -> Metadata:
    """Any text."""
    return _key(Rule(about=about, allowed="text", types=(str,)))


def choice(about: str, choices: tuple[str, ...]) -> Metadata:
    """One of several words."""
    allowed = "one of " + ", ".join(f'"{word}"' for word in choices)
    return _key(Rule(about=about, allowed=allowed, types=(str,), choices=choices))


def address(about: str) -> Metadata:
    """The address of a server."""
    allowed = "an address such as http://127.0.0.1:11434"
    return _key(Rule(about=about, allowed=allowed, types=(str,), accepts=is_address, mask=mask_address))


def is_address(text: str) -> bool:
    """Whether the text is a server's address. An empty text is valid: the key is not set."""
    found = _ADDRESS.fullmatch(text)
    if found is None or not text.isprintable():
        return False
    host_port = _HOST_PORT.fullmatch(found["host_port"] or "")
    return (
        host_port is not None
        and 0 < int(host_port["port"] or 1) < 65_536
        and (host_port["ipv6"] is None or _is_ipv6(host_port["ipv6"]))
    )


def _is_ipv6(text: str) -> bool:
    import ipaddress

    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True


def duration(about: str) -> Metadata:
    """A duration in Go's notation, or whole seconds. The default is None: not set."""
    return _key(
        Rule(
            about=about,
            allowed='a duration such as "5m", or a whole number of seconds from -1 (for ever) to 31536000',
            types=(str, int),
            minimum=-1,
            maximum=31_536_000,
            unit="seconds",
            accepts=lambda value: _DURATION.fullmatch(value) is not None,
            example="5m",
        )
    )


def secret(about: str) -> Metadata:
    """A text that is never shown. Converted to a Secret, or to None if empty."""
    return _key(
        Rule(
            about=about,
            allowed="text of printable ASCII characters",
            types=(str,),
            accepts=is_ascii_line,
            convert=lambda value: Secret(value) if value else None,
            mask=mask_all,
            example="",
        )
    )


def is_ascii_line(text: str) -> bool:
    """Whether the text can be sent in an HTTP header."""
    return text.isascii() and text.isprintable()


def environment_variable(about: str) -> Metadata:
    """The name of an environment variable. An invalid name is masked, because users may put the secret itself here."""
    allowed = "the name of an environment variable (letters, digits and _)"
    return _key(
        Rule(
            about=about,
            allowed=allowed,
            types=(str,),
            accepts=lambda value: _VARIABLE.fullmatch(value) is not None,
            mask=lambda value: value if isinstance(value, str) and _VARIABLE.fullmatch(value) else mask_all(value),
        )
    )


def secret_command(about: str) -> Metadata:
    """A program and its arguments, converted to a tuple. Masked, because users may put the secret itself here."""
    return _key(
        Rule(
            about=about,
            allowed="an array of strings: a program and its arguments",
            types=(list,),
            accepts=lambda items: all(map(_is_argument, items)) and (not items or bool(items[0].strip())),
            convert=tuple,
            example=["pass", "show", "my-gateway"],
            mask=_mask_arguments,
        )
    )


def _mask_arguments(value: object) -> object:
    """A command with everything behind the name of the program masked. An invalid value is masked completely."""
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
        return mask_all(value)
    return [*value[:1], *[MASK] * len(value[1:])]


def headers(about: str) -> Metadata:
    """HTTP headers. The value is masked if the name suggests a secret."""
    name, value = _header_rules()
    return _key(
        Rule(
            about=about,
            allowed="a table of strings",
            types=(dict,),
            example={"X-Team": "search"},
            mask=mask_headers,
            items=value,
            names=name,
        )
    )


def secret_headers(about: str) -> Metadata:
    """HTTP headers whose values are all secret. Converted to a table of Secrets."""
    return _secret_table(about, {"Authorization": "Bearer ..."}, *_header_rules())


def _header_rules() -> tuple[Rule, Rule]:
    """The rules of the names and of the values of HTTP headers."""
    name = Rule(
        about="",
        allowed="the name of an HTTP header, such as X-Team",
        types=(str,),
        accepts=lambda value: _HEADER_NAME.fullmatch(value) is not None,
    )
    value = Rule(
        about="",
        allowed="text of printable ASCII characters",
        types=(str,),
        accepts=lambda value: _HEADER_TEXT.fullmatch(value) is not None,
        mask=mask_all,
    )
    return name, value


def secret_environment(about: str) -> Metadata:
    """Environment variables whose values are all secret. Converted to a table of Secrets."""
    value = Rule(
        about="",
        allowed="text without null characters",
        types=(str,),
        accepts=lambda value: "\0" not in value,
        mask=mask_all,
    )
    name = Rule(
        about="",
        allowed="the name of an environment variable (letters, digits and _)",
        types=(str,),
        accepts=lambda value: bool(value) and _VARIABLE.fullmatch(value) is not None,
    )
    return _secret_table(about, {"API_KEY": "…"}, name, value)


def _secret_table(about: str, example: Mapping[str, str], name: Rule, value: Rule) -> Metadata:
    return _key(
        Rule(
            about=about,
            allowed="a table of strings",
            types=(dict,),
            convert=lambda table: {name: Secret(text) for name, text in table.items()},
            example=example,
            mask=mask_table,
            items=value,
            names=name,
        )
    )


def options(about: str) -> Metadata:
    """A table of values that JSON can represent."""
    value = Rule(
        about="",
        allowed="a string, a number, true or false, or an array or table of them",
        types=(str, int, float, bool, list, dict),
        accepts=is_json,
    )
    example = {"temperature": 0.7}
    return _key(Rule(about=about, allowed="a table", types=(dict,), example=example, items=value))


def string_table(about: str, example: Mapping[str, str]) -> Metadata:
    """A table of one-line strings, with names chosen by the user."""
    return _key(Rule(about=about, allowed="a table of strings", types=(dict,), example=example, items=line("")["rule"]))


def verification(about: str) -> Metadata:
    """Whether, or with which CA bundle, a server's certificate is verified."""
    return _key(
        Rule(
            about=about,
            allowed="true, false or the path of a CA bundle",
            types=(bool, str),
            accepts=lambda value: value in (True, False) or (value != "" and _is_line(value)),
        )
    )


def program(about: str, example: tuple[str, ...]) -> Metadata:
    """A program and its arguments, converted to a tuple."""
    return _key(
        Rule(
            about=about,
            allowed=f"an array of strings, such as {toml_value(example)}",
            types=(list,),
            accepts=lambda items: all(map(_is_argument, items)) and (not items or bool(items[0].strip())),
            convert=tuple,
            example=list(example),
        )
    )


def _is_argument(item: object) -> bool:
    return isinstance(item, str) and "\0" not in item


def names(about: str, example: str) -> Metadata:
    """An array of names, converted to a tuple."""
    return _key(
        Rule(
            about=about,
            allowed=f"an array of strings, such as {toml_value([example])}",
            types=(list,),
            accepts=lambda items: all(isinstance(item, str) and item != "" for item in items),
            convert=tuple,
            example=[example],
        )
    )


def statuses(about: str) -> Metadata:
    """HTTP statuses, converted to a tuple."""
    return _key(
        Rule(
            about=about,
            allowed="an array of HTTP statuses, whole numbers from 100 to 599",
            types=(list,),
            accepts=lambda items: all(type(item) is int and 100 <= item <= 599 for item in items),
            convert=tuple,
        )
    )


def _is_line(text: str) -> bool:
    return not any(character < " " or "\x7f" <= character < "\xa0" for character in text)


def _key(rule: Rule) -> Metadata:
    return {"rule": rule}
