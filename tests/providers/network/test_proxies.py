"""Tests of proxies."""

from __future__ import annotations

import importlib.util
import urllib.request

import pytest

from tui.errors import ServerUnreachable
from tui.providers.network import proxies
from tui.providers.network.proxies import Proxy, proxy_for


@pytest.fixture(autouse=True)
def only_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ignore the system settings of the machine that runs the tests."""
    monkeypatch.delenv("REQUEST_METHOD", raising=False)
    for function in ("getproxies", "proxy_bypass"):
        monkeypatch.setattr(proxies, function, getattr(urllib.request, f"{function}_environment"))


@pytest.mark.parametrize(
    ("variable", "value", "scheme", "proxy"),
    [
        ("HTTP_PROXY", "http://proxy:3128", "http", "http://proxy:3128"),
        ("http_proxy", "http://proxy:3128/", "http", "http://proxy:3128"),
        ("HTTP_PROXY", "proxy:3128", "http", "http://proxy:3128"),
        ("HTTP_PROXY", "http://proxy:3128", "https", None),
        ("HTTPS_PROXY", "http://proxy:3128", "https", "http://proxy:3128"),
        ("HTTPS_PROXY", "https://proxy", "https", "https://proxy"),
        ("HTTPS_PROXY", "http://proxy:3128", "http", None),
        ("ALL_PROXY", "HTTP://proxy:3128", "http", "http://proxy:3128"),
        ("ALL_PROXY", "http://proxy:3128", "https", "http://proxy:3128"),
        ("ALL_PROXY", "", "https", None),
    ],
)
def test_proxy_comes_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, scheme: str, proxy: str | None
) -> None:
    monkeypatch.setenv(variable, value)
    found = proxy_for(scheme, "example.org")
    assert (None if found is None else str(found)) == proxy


def test_no_proxy_without_environment() -> None:
    assert proxy_for("http", "example.org") is None


@pytest.mark.parametrize(
    ("no_proxy", "host", "is_excluded"),
    [
        ("example.org", "example.org", True),
        ("example.org", "api.example.org", True),
        (".example.org", "api.example.org", True),
        ("example.org", "badexample.org", False),
        ("a.org, nas ,b.org", "nas", True),
        ("*", "example.org", True),
        ("10.0.0.1", "10.0.0.1", True),
        ("", "example.org", False),
    ],
)
def test_no_proxy_excludes_hosts_and_their_subdomains(
    monkeypatch: pytest.MonkeyPatch, no_proxy: str, host: str, is_excluded: bool
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy:3128")
    monkeypatch.setenv("NO_PROXY", no_proxy)
    assert (proxy_for("http", host) is None) is is_excluded


def test_password_is_sent_to_the_proxy_and_never_shown() -> None:
    proxy = Proxy("http://me:p%40ss%C3%A9@proxy:3128")

    assert str(proxy) == "http://proxy:3128"
    assert proxy.auth == (b"me", "p@ssé".encode())
    assert Proxy("http://me@proxy:3128").auth == (b"me", b"")
    assert Proxy("http://proxy:3128").auth is None


@pytest.mark.parametrize("kind", ["socks5", "socks5h"])
def test_socks_proxy_is_supported_if_socksio_is_installed(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    monkeypatch.setenv("ALL_PROXY", f"{kind}://me:secret@proxy:1080")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: name == "socksio")
    assert str(proxy_for("http", "example.org")) == f"{kind}://proxy:1080"


@pytest.mark.parametrize(
    ("value", "shown", "hint"),
    [
        ("socks5h://me:secret@proxy:1080", "socks5h://proxy:1080", "pip install socksio"),
        ("socks4://me:secret@proxy:1080", "socks4://proxy:1080", "http, https or socks5"),
        ("http://me:secret@proxy:port", "http://proxy:port", "http://127.0.0.1:3128"),
        ("http://me:secret@[::1:3128", "http://[::1:3128", "http://127.0.0.1:3128"),
        ("http://me:secret@pröxy:3128", "http://pröxy:3128", "http://127.0.0.1:3128"),
        ("http://", "http://", "http://127.0.0.1:3128"),
    ],
)
def test_unusable_proxy_is_named_without_its_password(
    monkeypatch: pytest.MonkeyPatch, value: str, shown: str, hint: str
) -> None:
    monkeypatch.setenv("ALL_PROXY", value)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)

    with pytest.raises(ServerUnreachable) as raised:
        proxy_for("http", "example.org")

    assert shown in str(raised.value)
    assert "secret" not in str(raised.value)
    assert hint in raised.value.hint
    assert "NO_PROXY" in raised.value.hint
    assert not raised.value.is_transient
