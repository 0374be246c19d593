"""Tests of parse_address and ServerAddress."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.errors import ConfigError
from tui.providers.network.address import parse_address


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("http://127.0.0.1:11434", "http://127.0.0.1:11434/api/chat"),
        ("http://127.0.0.1:11434/", "http://127.0.0.1:11434/api/chat"),
        ("  http://127.0.0.1:11434  ", "http://127.0.0.1:11434/api/chat"),
        ("127.0.0.1", "http://127.0.0.1:11434/api/chat"),
        ("127.0.0.1:8080", "http://127.0.0.1:8080/api/chat"),
        (":8080", "http://127.0.0.1:8080/api/chat"),
        ("http://:8080", "http://127.0.0.1:8080/api/chat"),
        ("localhost", "http://localhost:11434/api/chat"),
        ("LocalHost:1234", "http://localhost:1234/api/chat"),
        ("nas", "http://nas:11434/api/chat"),
        ("nas.local", "http://nas.local:11434/api/chat"),
        ("gpu.lan", "http://gpu.lan:11434/api/chat"),
        ("box.home", "http://box.home:11434/api/chat"),
        ("box.internal", "http://box.internal:11434/api/chat"),
        ("dev.localhost", "http://dev.localhost:11434/api/chat"),
        ("192.168.1.7", "http://192.168.1.7:11434/api/chat"),
        ("0.0.0.0", "http://127.0.0.1:11434/api/chat"),
        ("0.0.0.0:9000", "http://127.0.0.1:9000/api/chat"),
        ("[::]:9000", "http://[::1]:9000/api/chat"),
        ("[::1]", "http://[::1]:11434/api/chat"),
        ("http://[fe80::1]:80", "http://[fe80::1]/api/chat"),
        ("example.org", "https://example.org/api/chat"),
        ("example.org:443", "https://example.org/api/chat"),
        ("example.org:8443", "http://example.org:8443/api/chat"),
        ("http://example.org", "http://example.org/api/chat"),
        ("https://example.org", "https://example.org/api/chat"),
        ("HTTPS://Example.org:443/", "https://example.org/api/chat"),
        ("https://example.org:80", "https://example.org:80/api/chat"),
        ("https://example.org//proxy///ollama/", "https://example.org/proxy/ollama/api/chat"),
        ("https://example.org/a?api-version=1&b=2", "https://example.org/a/api/chat?api-version=1&b=2"),
        ("https://example.org/a#part", "https://example.org/a/api/chat"),
        ("https://user:p%40ss@example.org/a", "https://user:p%40ss@example.org/a/api/chat"),
        ("user:p@ss@nas:1", "http://user:p@ss@nas:1/api/chat"),
    ],
)
def test_addresses_are_parsed_to_urls(text: str, url: str) -> None:
    assert parse_address(text, default_port=11434).url("/api/chat") == url


@pytest.mark.parametrize(
    ("host", "usual"),
    [
        ("127.1", "127.0.0.1"),
        ("127.0.1", "127.0.0.1"),
        ("0x7f.1", "127.0.0.1"),
        ("0X7F000001", "127.0.0.1"),
        ("0177.0.0.1", "127.0.0.1"),
        ("017700000001", "127.0.0.1"),
        ("2130706433", "127.0.0.1"),
        ("127.0.0.1.", "127.0.0.1"),
        ("127.255.255.254", "127.255.255.254"),
        ("127.2", "127.0.0.2"),
        ("\uff11\uff12\uff17.0.0.1", "127.0.0.1"),
        ("127\u30020\u30020\u30021", "127.0.0.1"),
        ("0", "127.0.0.1"),
        ("0x0", "127.0.0.1"),
        ("00.0.0", "127.0.0.1"),
        ("[::]", "::1"),
        ("[0:0::0]", "::1"),
        ("[::ffff:0.0.0.0]", "127.0.0.1"),
        ("[::ffff:7f00:1]", "::ffff:7f00:1"),
        ("[0:0:0:0:0:0:0:1]", "0:0:0:0:0:0:0:1"),
        ("localhost.", "localhost."),
        ("LocalHost", "localhost"),
        ("a.localhost", "a.localhost"),
        ("localhost.localdomain", "localhost.localdomain"),
        ("ip6-loopback", "ip6-loopback"),
        ("[::127.0.0.1]", "::127.0.0.1"),
        ("[::7f00:1]", "::7f00:1"),
        ("[::ffff:0:127.0.0.1]", "::ffff:0:127.0.0.1"),
        ("[64:ff9b::7f00:1]", "64:ff9b::7f00:1"),
        ("[2002:7f00:1::]", "2002:7f00:1::"),
        ("[::1%25lo]", "::1%25lo"),
        ("%31%32%37.0.0.1", "127.0.0.1"),
        ("127%2e1", "127.0.0.1"),
        ("%6C%4Fcalhost", "localhost"),
        ("127%E3%80%820.0.1", "127.0.0.1"),
        ("\uff4cocalhost", "\uff4cocalhost"),
    ],
)
def test_every_spelling_of_loopback_is_loopback(host: str, usual: str) -> None:
    for text in (f"http://{host}:80/v1", f"{host}:8080"):
        address = parse_address(text)
        assert (address.host, address.scheme, address.is_loopback, address.is_near or "." in usual) == (
            usual,
            "http",
            True,
            True,
        )


@pytest.mark.parametrize(
    ("host", "usual"),
    [
        ("10.1", "10.0.0.1"),
        ("192.168.1", "192.168.0.1"),
        ("0x8080808", "8.8.8.8"),
        ("1.2.3.4.5", "1.2.3.4.5"),
        ("256.1.1.1", "256.1.1.1"),
        ("99999999999", "99999999999"),
        ("0x", "0x"),
        ("127.0.0.1.example.org", "127.0.0.1.example.org"),
        ("localhost.example.org", "localhost.example.org"),
        ("128.1", "128.0.0.1"),
        ("ex%61mple.org", "example.org"),
        ("[64:ff9b::808:808]", "64:ff9b::808:808"),
        ("[2002:808:808::1]", "2002:808:808::1"),
    ],
)
def test_other_numbers_and_names_are_not_loopback(host: str, usual: str) -> None:
    address = parse_address(f"http://{host}")
    assert (address.host, address.is_loopback) == (usual, False)


def test_default_port_is_that_of_the_scheme() -> None:
    assert str(parse_address("nas")) == "http://nas"
    assert parse_address("nas").port == 80
    assert parse_address("example.org").port == 443


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "//",
        "://",
        "http://a b",
        "nas:port",
        "nas:99999",
        "http://[::1",
        "http://[nonsense]/",
        "C:\\models",
        "tab\there",
        "nul\0here",
        "http://a%20b",
        "http://a%2Fb",
        "http://127%2531",
        "http://a%ff",
    ],
)
def test_invalid_address_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ConfigError) as raised:
        parse_address(text)
    assert "http://127.0.0.1:11434" in raised.value.hint


@pytest.mark.parametrize("text", ["ftp://example.org", "unix:///run/ollama.sock", "htp://nas"])
def test_unsupported_scheme_is_named(text: str) -> None:
    with pytest.raises(ConfigError, match=text.partition("/")[0]):
        parse_address(text)


@pytest.mark.parametrize(
    "text",
    [
        "http://me:secret@a b",
        "http://me:secret@nas:port",
        "ftp://me:secret@nas",
        "me:secret@[::1",
        "http://me:se/cret@a",
    ],
)
def test_password_is_not_quoted_in_errors(text: str) -> None:
    with pytest.raises(ConfigError) as raised:
        parse_address(text)
    assert "secret" not in str(raised.value)
    assert "se'" not in str(raised.value)


def test_displayed_address_has_no_password_or_query() -> None:
    address = parse_address("https://user:secret@example.org/a?key=secret")

    assert str(address) == "https://example.org/a"
    assert address.userinfo == "user:secret"


@pytest.mark.parametrize(
    ("host", "is_loopback"),
    [
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("[::1]", True),
        ("[::ffff:127.0.0.1]", True),
        ("[::ffff:10.0.0.1]", False),
        ("localhost", True),
        ("localhost.", True),
        ("a.localhost", True),
        ("0.0.0.0", True),
        ("10.0.0.1", False),
        ("nas", False),
        ("localhost.example.org", False),
    ],
)
def test_is_loopback_recognizes_the_local_machine(host: str, is_loopback: bool) -> None:
    assert parse_address(host).is_loopback is is_loopback


@pytest.mark.parametrize(
    ("host", "is_near"),
    [
        ("127.0.0.1", True),
        ("[::1]", True),
        ("192.168.1.20", True),
        ("[::ffff:10.0.0.1]", True),
        ("localhost", True),
        ("nas", True),
        ("box.lan", True),
        ("8.8.8.8", False),
        ("example.org", False),
    ],
)
def test_is_near_recognizes_the_local_network(host: str, is_near: bool) -> None:
    assert parse_address(host).is_near is is_near


@given(st.text(max_size=40) | st.text(st.sampled_from("http:/[]@.%?#a1"), max_size=20))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    try:
        address = parse_address(text, default_port=1)
    except ConfigError:
        return
    assert address.scheme in ("http", "https")
    assert address.host
    assert not address.path.endswith("/")
    assert isinstance(address.is_loopback, bool)
