from __future__ import annotations

from pathlib import Path

import pytest

from tests.config.conftest import WriteConfig
from tui.config.document import read_document
from tui.errors import ConfigError


def test_reads_text_and_data(write_config: WriteConfig) -> None:
    document = read_document(write_config('theme = "nord"\r\n'))

    assert document.exists
    assert document.text == 'theme = "nord"\r\n'
    assert document.data == {"theme": "nord"}


def test_byte_order_mark_is_separated(write_config: WriteConfig) -> None:
    document = read_document(write_config('\ufefftheme = "nord"'))

    assert (document.byte_order_mark, document.text) == ("\ufeff", 'theme = "nord"')


def test_missing_file_reads_as_empty(tmp_path: Path) -> None:
    document = read_document(tmp_path / "none" / "config.toml")

    assert (document.exists, document.text, document.data) == (False, "", {})


def test_missing_explicit_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"The config file .*none\.toml does not exist\.") as caught:
        read_document(tmp_path / "none.toml", must_exist=True)

    assert "--config" in caught.value.hint
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("theme = \n[retry]", r"config\.toml:1: invalid TOML: Invalid value \(column 9\)\.$"),
        ("\n\ntheme nord\n", r"config\.toml:3: invalid TOML: Expected '=' .* \(column 7\)\.$"),
        ("[retry]\nstatuses = [1,\n2", r"config\.toml:3: invalid TOML: Unclosed array\.$"),
        ('theme = """nord\n\n', r"config\.toml:1: invalid TOML: .*\.$"),
        ("[retry]\n[retry]\n", r"config\.toml:2: .*twice"),
        ("a = 1\na = 2\n", r"config\.toml:2: .*overwrite"),
        ('theme = "\x1b"', r"config\.toml:1: invalid TOML: Illegal character '\\x1b' \(column 10\)"),
        (f"a = {'1' * 5000}", r"config\.toml: invalid TOML: Exceeds the limit"),
        (f"a = {'[' * 90}{']' * 90}", r"config\.toml: arrays or tables are nested too deeply"),
        (f"a = {'[' * 9000}", r"config\.toml: arrays or tables are nested too deeply"),
        (f"{'a.' * 3000}b = 1", r"config\.toml: arrays or tables are nested too deeply"),
    ],
)
def test_invalid_toml_is_reported_with_its_line(write_config: WriteConfig, text: str, message: str) -> None:
    path = write_config(text)

    with pytest.raises(ConfigError, match=message) as caught:
        read_document(path)

    assert str(path) in str(caught.value)
    assert str(caught.value).isprintable()
    assert path.read_bytes() == text.encode()


def test_invalid_utf8_is_reported_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b'theme = "nord"\n# gr\xfc\xdfe\n')

    with pytest.raises(ConfigError, match=r"config\.toml:2: not valid UTF-8 \(byte 0xfc\)"):
        read_document(path)


def test_folder_is_not_a_config_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"Cannot read the config file .*: Is a directory"):
        read_document(tmp_path)


def test_impossible_path_is_reported_without_control_characters(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"Cannot read the config file .*: embedded null byte") as caught:
        read_document(tmp_path / "a\0\x1b[2J")

    assert str(caught.value).isprintable()
