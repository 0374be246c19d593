"""The form of a provider: what it shows of the settings, and what it changes in the file."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tui.config.secret import Secret
from tui.config.settings import ProviderSettings
from tui.workspace.provider_form import (
    Field,
    InvalidField,
    ProviderForm,
    changes_of,
    form_of,
    free_name,
    name_note,
    settings_of,
    usual_key_variable,
    where_is,
)
from tui.workspace.provider_presets import PRESETS, name_for

NEW = ProviderForm("mine", "openai", "http://127.0.0.1:8000/v1")
CONFIGURED = ProviderSettings(
    "mine", "openai", "https://example.org/v1", model="m", system_prompt="Be brief.", headers={"X-Team": "a"}
)


def changes(form: ProviderForm, before: ProviderSettings | None = None) -> dict[str, object]:
    """What is saved, by the key in the provider's table, without keys that are only removed."""
    saved = changes_of(form, before, ["ollama", *([before.name] if before else [])])
    return {key.removeprefix("providers.mine."): value for key, value in saved.items() if value is not None}


def test_new_provider_is_saved_with_all_that_was_typed() -> None:
    form = replace(NEW, model=" qwen3 ", certificate="off", key_source="variable", key="MY_KEY")

    assert changes(form) == {
        "type": "openai",
        "base_url": "http://127.0.0.1:8000/v1",
        "model": "qwen3",
        "verify": False,
        "api_key_env": "MY_KEY",
    }


def test_name_with_other_characters_is_quoted() -> None:
    assert 'providers."my server".type' in changes_of(replace(NEW, name=" my server "), None, [])


@pytest.mark.parametrize(
    ("settings", "source", "key"),
    [
        ({}, "none", ""),
        ({"api_key_env": "MY_KEY"}, "variable", "MY_KEY"),
        ({"api_key_command": ("pass", "show", "my key")}, "command", "pass show 'my key'"),
        ({"api_key": Secret("sk-mine"), "api_key_env": "MY_KEY"}, "file", ""),
    ],
)
def test_form_shows_where_the_key_comes_from_but_never_the_key(settings: dict[str, Any], source: str, key: str) -> None:
    form = form_of(replace(CONFIGURED, **settings))

    assert (form.key_source, form.key) == (source, key)
    assert "sk-mine" not in repr(form)


@pytest.mark.parametrize(("verify", "shown"), [(True, ""), (False, "off"), ("/ca.pem", "/ca.pem")])
def test_form_shows_how_the_certificate_is_checked(verify: bool | str, shown: str) -> None:
    before = replace(CONFIGURED, verify=verify)

    assert form_of(before).certificate == shown
    assert settings_of(form_of(before), before).verify == verify


@pytest.mark.parametrize(
    "settings",
    [{}, {"api_key_env": "MY_KEY"}, {"api_key_command": ("a", "b c")}, {"api_key": Secret("sk")}, {"verify": False}],
)
def test_unchanged_form_changes_nothing(settings: dict[str, Any]) -> None:
    before = replace(CONFIGURED, **settings)

    assert changes_of(form_of(before), before, ["mine"]) == {}
    assert settings_of(form_of(before), before) == before


def test_only_what_was_changed_is_saved() -> None:
    form = replace(form_of(CONFIGURED), base_url="http://127.0.0.1:1", model="")

    assert changes_of(form, CONFIGURED, ["mine"]) == {
        "providers.mine.base_url": "http://127.0.0.1:1",
        "providers.mine.model": "",
    }
    tried = settings_of(form, CONFIGURED)
    assert (tried.base_url, tried.model, tried.system_prompt) == ("http://127.0.0.1:1", "", "Be brief.")
    assert tried.headers == {"X-Team": "a"}


def test_another_source_of_the_key_replaces_the_one_before() -> None:
    before = replace(CONFIGURED, api_key=Secret("sk-old"), api_key_env="OLD")
    form = replace(form_of(before), key_source="command", key="pass show mine")

    assert changes_of(form, before, ["mine"]) == {
        "providers.mine.api_key": None,
        "providers.mine.api_key_env": None,
        "providers.mine.api_key_command": ["pass", "show", "mine"],
    }
    tried = settings_of(form, before)
    assert (tried.api_key, tried.api_key_env, tried.api_key_command) == (None, "", ("pass", "show", "mine"))


def test_key_in_the_file_stays_unless_another_is_typed() -> None:
    before = replace(CONFIGURED, api_key=Secret("sk-old"))
    assert settings_of(form_of(before), before).api_key == Secret("sk-old")

    form = replace(form_of(before), key="sk-new")
    assert changes(form, before) == {"api_key": "sk-new"}
    assert settings_of(form, before).api_key == Secret("sk-new")


@pytest.mark.parametrize(
    ("field", "fields", "message"),
    [
        ("name", {"name": "  "}, "Give the provider a name."),
        ("name", {"name": "a\nb"}, "Give the provider a name."),
        ("name", {"name": "ollama"}, "There is a provider ollama already."),
        ("base_url", {"base_url": " "}, "Give the address of the server."),
        ("base_url", {"base_url": "http://a b"}, "This must be an address such as http://127.0.0.1:11434."),
        ("model", {"model": "a\x1b"}, "This must be text on one line."),
        ("certificate", {"certificate": "a\nb"}, "This must be true, false or the path of a CA bundle."),
        ("key", {"key_source": "variable"}, "Give the name of an environment variable: letters, digits and _."),
        ("key", {"key_source": "variable", "key": "sk-1"}, "Give the name of an environment variable: letters"),
        ("key", {"key_source": "command"}, "Type a command whose first line of output is the key."),
        ("key", {"key_source": "command", "key": "pass 'x"}, "This is not a command: no closing quotation."),
        ("key", {"key_source": "file"}, "Type the key: printable ASCII characters on one line."),
        ("key", {"key_source": "file", "key": "ключ"}, "Type the key: printable ASCII characters on one line."),
    ],
)
def test_invalid_field_is_named(field: Field, fields: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidField) as raised:
        changes_of(replace(NEW, **fields), None, ["ollama"])

    assert raised.value.field == field
    assert message in str(raised.value)


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.title)
def test_preset_fills_in_a_provider_that_can_be_saved(preset: Any) -> None:
    form = ProviderForm().with_preset(preset, ["ollama"])

    if preset.title == "other":
        form = replace(form, name="mine", base_url="http://127.0.0.1:8000")
    saved = changes_of(form, None, ["ollama"])
    assert saved[f"providers.{form.name}.type"] == preset.type
    assert form.key == preset.key_variable


def test_preset_of_a_service_names_its_key_variable_and_a_local_one_none() -> None:
    for preset in PRESETS:
        assert bool(preset.key_variable) == preset.base_url.startswith("https://") or preset.title == "Jan"


def test_preset_replaces_what_another_one_filled_in() -> None:
    openrouter, ollama = (next(p for p in PRESETS if p.title == title) for title in ("OpenRouter", "Ollama"))
    form = (
        replace(ProviderForm(model="m"), certificate="off").with_preset(openrouter, []).with_preset(ollama, ["ollama"])
    )

    assert form == ProviderForm("ollama-2", "ollama", "http://127.0.0.1:11434", model="m")


def test_free_name_counts() -> None:
    assert free_name("vllm", []) == "vllm"
    assert free_name("vllm", ["vllm", "vllm-2", "x"]) == "vllm-3"


@pytest.mark.parametrize(
    ("software", "name"),
    [("vLLM", "vllm"), ("llama.cpp", "llamacpp"), ("LM Studio", "lmstudio"), ("OpenAI-compatible server", "server")],
)
def test_server_gets_a_plain_name(software: str, name: str) -> None:
    assert name_for(software) == name


@pytest.mark.parametrize(
    ("base_url", "expected"),
    [
        ("", ""),
        ("http://a b", ""),
        ("http://localhost:1", "on this machine"),
        ("http://[::1]:1", "on this machine"),
        ("http://192.168.1.20:8080", "in your network"),
        ("gpu-box:11434", "in your network"),
        ("https://openrouter.ai/api/v1", "what you send leaves your network"),
    ],
)
def test_form_says_where_the_server_is(base_url: str, expected: str) -> None:
    assert where_is(base_url) == expected


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        (ProviderForm(type="lmstudio", base_url="http://127.0.0.1:1234"), "LM_API_TOKEN"),
        (ProviderForm(base_url="https://api.openai.com/v1"), "OPENAI_API_KEY"),
        (ProviderForm(base_url="https://api.openai.com/v1", key_source="variable", key="MINE"), ""),
        (ProviderForm(base_url="https://example.org/v1"), ""),
        (ProviderForm(base_url="http://a b"), ""),
    ],
)
def test_form_names_the_variable_that_is_used_by_itself(form: ProviderForm, expected: str) -> None:
    assert usual_key_variable(form) == expected


def test_built_in_provider_keeps_its_name() -> None:
    before = replace(CONFIGURED, name="ollama")
    with pytest.raises(InvalidField, match=r"ollama is built in and keeps its name\."):
        changes_of(replace(form_of(before), name="mine"), before, ["ollama"])


@pytest.mark.parametrize(
    ("name", "base_url", "note"),
    [
        ("new", "http://x.test:1", ""),
        ("mine", "http://x.test:1", "There is a provider mine already. Choose another name."),
        ("mine-2", "http://x.test:1", "The name mine is taken."),
        ("other-2", "http://x.test:1", ""),
        ("new", "http://localhost:9/v1/", "mine has this address already."),
        ("new", "127.0.0.1:8", "idle has this address already, but is off."),
        ("new", "http://a b", ""),
        ("new", "", ""),
    ],
)
def test_form_says_what_is_taken_before_it_is_saved(name: str, base_url: str, note: str) -> None:
    others = {
        "mine": replace(CONFIGURED, base_url="http://127.0.0.1:9"),
        "idle": replace(CONFIGURED, name="idle", base_url="http://127.0.0.1:8", enabled=False),
    }
    assert name_note(ProviderForm(name, "openai", base_url), others) == note
