from __future__ import annotations

import pytest

from tui.config.ollama_host import parse_ollama_host
from tui.errors import ConfigError


@pytest.mark.parametrize(
    ("written", "base_url"),
    [
        ("gpu-box", "http://gpu-box:11434"),
        ("gpu-box:8080", "http://gpu-box:8080"),
        (":8080", "http://127.0.0.1:8080"),
        ("0.0.0.0", "http://0.0.0.0:11434"),
        ("0.0.0.0:11434", "http://0.0.0.0:11434"),
        ("http://gpu-box:8080", "http://gpu-box:8080"),
        ("http://gpu-box", "http://gpu-box:80"),
        ("https://gpu-box", "https://gpu-box:443"),
        ("HTTPS://gpu-box/", "https://gpu-box:443"),
        ("ollama.com", "https://ollama.com:443"),
        ("gpu-box:8080/", "http://gpu-box:8080"),
        ("https://gpu-box/ollama/", "https://gpu-box:443/ollama"),
        ("[::1]", "http://[::1]:11434"),
        ("[::1]:8080", "http://[::1]:8080"),
        ("::1", "http://[::1]:11434"),
        ("[fe80::1%eth0]:8080", "http://[fe80::1%eth0]:8080"),
        (' "gpu-box:8080" ', "http://gpu-box:8080"),
        ("https://me:pa55@gpu-box", "https://me:pa55@gpu-box:443"),
    ],
)
def test_parses_variable_like_ollama(written: str, base_url: str) -> None:
    assert parse_ollama_host(written) == base_url


@pytest.mark.parametrize(
    "written",
    [
        "gpu box",
        "gpu-box:port",
        "gpu-box:99999",
        "gpu-box:0",
        "ftp://gpu-box",
        "[::1",
        "[nonsense]",
        "1:2:3",
        "gpu-box?x",
        "a\x1b[2Jb",
        "a:b:c@d:e",
    ],
)
def test_invalid_address_is_an_error(written: str) -> None:
    with pytest.raises(ConfigError, match="OLLAMA_HOST is ") as caught:
        parse_ollama_host(written)

    assert str(caught.value).isprintable()
    assert "unset" in caught.value.hint


def test_error_does_not_contain_the_password() -> None:
    with pytest.raises(ConfigError) as caught:
        parse_ollama_host("https://me:pa55@gpu box")

    assert "pa55" not in str(caught.value)
