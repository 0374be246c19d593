"""welcome_lines: the provider, the model, and the first keys."""

from __future__ import annotations

import pytest

from tui.ui.welcome import welcome_lines
from tui.workspace.keys import Keys
from tui.workspace.provider_status import ProviderStatus


def welcome(
    width: int = 76,
    keys: dict[str, str] | None = None,
    *,
    height: int = 0,
    statuses: tuple[ProviderStatus, ...] = (),
    provider: str = "",
    model: str = "",
    is_demo: bool = False,
    stands_in: bool = False,
    found: tuple[tuple[str, str, bool], ...] = (),
) -> str:
    lines = welcome_lines(
        width,
        Keys(keys or {}),
        height=height,
        statuses=statuses,
        provider=provider,
        model=model,
        is_demo=is_demo,
        stands_in=stands_in,
        found=found,
    )
    assert max(line.width for line in lines) <= width
    return "\n".join(line.text.rstrip() for line in lines)


def test_provider_and_model_are_named() -> None:
    assert "Talking to qwen3 at ollama" in welcome(provider="ollama", model="qwen3")


def test_unknown_model_is_omitted() -> None:
    assert "Talking to ollama" in welcome(provider="ollama")


def test_control_characters_in_names_are_escaped() -> None:
    text = welcome(provider="a\x1b[2J", model="m\nn") + welcome(
        provider="demo", is_demo=True, stands_in=True, statuses=(ProviderStatus("\x1b]0;x\x07", "unreachable"),)
    )

    assert "Talking to m n at a␛[2J" in text
    assert text.replace("\n", "").isprintable()


def test_unknown_provider_is_omitted() -> None:
    assert "Talking to" not in welcome()


def test_demo_explains_itself_and_how_to_start_a_server() -> None:
    statuses = (ProviderStatus("ollama", "unreachable"), ProviderStatus("lmstudio", "unreachable"))
    text = welcome(provider="demo", model="guide", is_demo=True, stands_in=True, statuses=statuses)

    assert "No answer from ollama and lmstudio, so this is the built-in demo:" in text
    assert "not a language model" in text
    assert "ollama serve" in text
    assert "lms server start" in text


def test_demo_says_which_server_answered_without_models() -> None:
    statuses = (ProviderStatus("ollama", "unreachable"), ProviderStatus("b", "refused", "error 404"))
    text = " ".join(welcome(provider="demo", is_demo=True, stands_in=True, statuses=statuses).split())

    assert "No answer from ollama, and no models from b, so this is the built-in demo:" in text


def test_configured_demo_does_not_mention_unreachable_servers() -> None:
    text = welcome(provider="demo", model="guide", is_demo=True)

    assert "not a language model" in text
    assert "No answer from" not in text


@pytest.mark.parametrize("key", ["Esc", "@", "F1", "F3", "F4", "Ctrl+P"])
def test_first_keys_are_always_listed(key: str) -> None:
    assert key in welcome().split()
    assert key in welcome(provider="demo", is_demo=True, stands_in=True).split()


def test_configured_keys_replace_the_default_keys() -> None:
    text = welcome(keys={"help": "f12", "pick_model": "ctrl+o"})

    assert "F12" in text
    assert "Ctrl+O" in text
    assert "F4" not in text.split()


@pytest.mark.parametrize(
    ("status", "row"),
    [
        (ProviderStatus("ollama", "reachable", "0.12"), "● ollama   reachable · 0.12"),
        (ProviderStatus("ollama", "unreachable"), "○ ollama   no answer"),
        (ProviderStatus("ollama", "refused", "key?"), "▲ ollama   wants a key"),
        (ProviderStatus("ollama", "refused", "no models"), "▲ ollama   answers, but has no models"),
        (ProviderStatus("ollama", "refused", "error 404"), "▲ ollama   answers, but lists no models · error 404"),
        (ProviderStatus("ollama"), "◌ ollama   not asked yet"),
        (ProviderStatus("a\x1b[2J"), "◌ a␛[2J   not asked yet"),
    ],
)
def test_servers_are_listed_with_their_state(status: ProviderStatus, row: str) -> None:
    assert row in welcome(statuses=(status,)).splitlines()


@pytest.mark.parametrize("width", [20, 30, 60])
def test_text_is_wrapped_to_the_width(width: int) -> None:
    text = welcome(
        width,
        statuses=(ProviderStatus("ollama", "reachable", "0.12"),),
        provider="demo",
        model="guide",
        is_demo=True,
        stands_in=True,
    )

    assert "llm" in text or width >= 44


VLLM = ("vLLM 0.32.0", "http://127.0.0.1:8000", False)
LM_STUDIO = ("LM Studio", "http://127.0.0.1:1234", True)


def test_found_servers_are_offered_in_place_of_advice() -> None:
    text = welcome(is_demo=True, stands_in=True, found=(VLLM,))

    assert "● vLLM 0.32.0   127.0.0.1:8000\nAlt+A   add it and start" in text
    assert "ollama serve" not in text


def test_server_that_wants_a_key_is_set_up_elsewhere() -> None:
    text = welcome(found=(LM_STUDIO,))
    assert "▲ LM Studio   127.0.0.1:1234 · wants a key\n/servers   set up one that wants a key" in text
    assert "Alt+A" not in text

    text = welcome(found=(VLLM, VLLM, LM_STUDIO))
    assert "Alt+A   add them and start\n/servers" in text


def test_offer_names_the_key_of_the_user() -> None:
    assert "F12   add it and start" in welcome(keys={"add_found": "f12"}, found=(VLLM,))
    assert "add it and start" not in welcome(keys={"add_found": ""}, found=(VLLM,))


def test_wrapped_meanings_stay_beside_their_keys() -> None:
    text = welcome(36, provider="ollama")
    assert "Esc      stop an answer; what has\n         arrived stays\n" in text
    assert "every key" in welcome(12, provider="ollama")


def test_logo_goes_where_not_all_lines_fit() -> None:
    statuses = tuple(ProviderStatus(name) for name in ("ollama", "lmstudio", "demo"))
    whole = welcome(statuses=statuses, provider="ollama")
    lines = len(whole.splitlines())

    assert "█" in whole
    assert welcome(statuses=statuses, provider="ollama", height=lines + 1) == whole
    short = welcome(statuses=statuses, provider="ollama", height=lines)
    assert "█" not in short
    assert "every key" in short
