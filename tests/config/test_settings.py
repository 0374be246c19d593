from __future__ import annotations

from dataclasses import asdict, fields

import pytest

from tui.config.secret import Secret
from tui.config.sections import build_section, defaults_of, rules_of
from tui.config.settings import (
    BUILT_IN,
    SECTIONS,
    ProviderSettings,
    Settings,
    default_of,
    rule_for,
)
from tui.config.tool_settings import ToolServerSettings, ToolSettings
from tui.errors import ConfigError
from tui.limits import RetryPolicy, TimeLimits


def test_default_settings_are_complete() -> None:
    settings = Settings()

    assert settings.provider == "ollama"
    assert settings.timeouts == TimeLimits(connect=5.0, first_token=300.0, idle=60.0, total=0.0)
    assert settings.retry.statuses == (408, 425, 429, 500, 502, 503, 504)
    assert {name: provider.base_url for name, provider in settings.providers.items()} == {
        "ollama": "http://127.0.0.1:11434",
        "lmstudio": "http://127.0.0.1:1234",
        "demo": "",
    }


def test_defaults_send_nothing() -> None:
    for provider in Settings().providers.values():
        assert provider.keep_alive is None
        assert provider.resolve_key({}) is None
        assert provider.headers == {}
        assert provider.options == {}


@pytest.mark.parametrize("section", [Settings, ProviderSettings, ToolSettings, ToolServerSettings, *SECTIONS.values()])
def test_every_key_has_a_description_and_a_valid_default(section: type) -> None:
    rules = rules_of(section)
    assert set(rules) | {"name"} >= {field.name for field in fields(section)}
    for name, default in defaults_of(section).items():
        rule = rules[name]
        assert rule.about.endswith(".")
        assert rule.allowed
        assert default is None or rule.takes(list(default) if isinstance(default, tuple) else default)
        assert rule.example is None or rule.takes(rule.example)


def test_number_rule_has_range_and_unit() -> None:
    rule = rule_for(("providers", "any", "timeouts", "idle"))

    assert rule is not None
    assert (rule.minimum, rule.maximum, rule.unit) == (0, 86_400, "seconds")
    assert rule.allowed == "a number of seconds from 0 to 86400 (0 means no limit)"


@pytest.mark.parametrize("path", [("timeout",), ("timeouts", "idel"), ("theme", "dark"), ("providers", "x", "url")])
def test_unknown_key_has_no_rule(path: tuple[str, ...]) -> None:
    assert rule_for(path) is None


@pytest.mark.parametrize(
    ("path", "default"),
    [
        (("timeouts", "idle"), 60.0),
        (("theme",), "auto"),
        (("providers", "any", "verify"), True),
        (("providers", "any", "timeouts", "idle"), None),
        (("providers", "any", "type"), None),
        (("keys", "items"), None),
        (("providers",), None),
        (("tools", "max_rounds"), 10),
        (("mcp", "any", "mode"), "auto"),
        (("mcp", "any"), None),
    ],
)
def test_finds_the_default_of_a_key(path: tuple[str, ...], default: object) -> None:
    assert default_of(path) == default


def test_section_is_built_from_table_and_defaults() -> None:
    assert build_section(RetryPolicy, {"attempts": 1, "statuses": [500], "unknown": 1}) == RetryPolicy(
        attempts=1, statuses=(500,)
    )
    assert build_section(ProviderSettings, BUILT_IN["demo"], name="show").timeouts == TimeLimits()
    assert isinstance(build_section(TimeLimits, {"idle": 3}).idle, float)


def test_repr_of_a_provider_has_no_secret() -> None:
    provider = ProviderSettings(
        "gateway",
        "openai",
        "https://me:pa55word@example.org",
        api_key=Secret("pa55word"),
        headers={"Authorization": "pa55word"},
        options={"user": "pa55word"},
    )

    assert "pa55word" not in repr(provider)
    assert "pa55word" not in repr(Settings(providers={"gateway": provider}))
    assert "pa55word" not in repr(asdict(provider)["api_key"])


def test_api_key_overrides_api_key_env() -> None:
    environ = {"MY_KEY": " from-environment\n"}
    both = ProviderSettings("x", "openai", api_key=Secret("from-file"), api_key_env="MY_KEY")
    only_variable = ProviderSettings("x", "openai", api_key_env="MY_KEY")

    assert both.resolve_key(environ) == Secret("from-file")
    assert only_variable.resolve_key(environ) == Secret("from-environment")
    assert only_variable.resolve_key({}) is None
    assert only_variable.resolve_key({"MY_KEY": " "}) is None


@pytest.mark.parametrize("value", ["two\nlines", "schlüssel", "bell\a"])
def test_invalid_key_variable_is_named_but_not_shown(value: str) -> None:
    with pytest.raises(ConfigError, match=r"MY_KEY.* contains an invalid character") as caught:
        ProviderSettings("x", "openai", api_key_env="MY_KEY").resolve_key({"MY_KEY": value})

    assert value not in f"{caught.value} {caught.value.hint}"
