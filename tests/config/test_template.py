from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest

from tests.config.conftest import WriteConfig
from tui.config.load import load
from tui.config.save import save_changes
from tui.config.sections import rules_of
from tui.config.settings import SECTIONS, ProviderSettings, Settings
from tui.config.template import init_config, template_text
from tui.config.tool_settings import ToolServerSettings, ToolSettings
from tui.errors import ConfigError


def uncommented(text: str) -> str:
    return re.sub(r"^#(?! )", "", text, flags=re.MULTILINE)


def test_template_changes_nothing(write_config: WriteConfig, tmp_path: Path) -> None:
    loaded = load(write_config(template_text()), {})

    assert loaded.warnings == ()
    assert loaded.settings == load(tmp_path / "none", {}).settings
    assert set(loaded.origins.values()) == {"default"}


def test_uncommented_template_loads_without_warnings(write_config: WriteConfig) -> None:
    loaded = load(write_config(uncommented(template_text())), {})

    assert loaded.warnings == ()
    assert {loaded.origins[f"{name}.{key}"] for name, of in SECTIONS.items() for key in rules_of(of)} == {"file"}
    assert loaded.settings.timeouts == Settings().timeouts
    assert loaded.settings.providers["my-gateway"].api_key_env == "MY_GATEWAY_KEY"
    assert loaded.settings.mcp["files"].command == ("uvx", "mcp-server-time")
    assert loaded.settings.mcp["search"].url == "http://127.0.0.1:9000/mcp"


@pytest.mark.parametrize("section", [Settings, ProviderSettings, ToolSettings, ToolServerSettings, *SECTIONS.values()])
def test_template_describes_every_key(section: type) -> None:
    text = " ".join(template_text().replace("\n# ", " ").split())

    for name, rule in rules_of(section).items():
        assert f"#{name} = " in text or f"[{name}" in text
        assert rule.about in text


def test_template_has_range_and_unit() -> None:
    assert (
        "# Maximum time to connect. A number of seconds from 0 to 86400 (0 means no limit).\n#connect = 5.0\n"
    ) in template_text()


def test_lines_are_not_too_long() -> None:
    assert max(map(len, template_text().splitlines())) <= 110


def test_setting_is_saved_below_its_commented_out_line(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    init_config(path)

    save_changes(path, {"timeouts.idle": 90.0, "theme": "nord", "providers.ollama.timeouts.idle": 5})

    text = path.read_text()
    assert "\n#idle = 60.0\nidle = 90.0\n" in text
    assert '\n#theme = "auto"\ntheme = "nord"\n' in text
    assert "\n#timeouts = { connect = 5.0 }\ntimeouts.idle = 5\n" in text
    assert load(path, {}).settings.providers["ollama"].timeouts.idle == 5.0


def test_init_writes_a_private_file_once(tmp_path: Path) -> None:
    path = tmp_path / "llm-tui" / "config.toml"

    init_config(path)

    assert path.read_text() == template_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.write_text("mine")
    with pytest.raises(ConfigError, match="already exists"):
        init_config(path)
    assert path.read_text() == "mine"
