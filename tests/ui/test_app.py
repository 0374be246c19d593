"""LlmTuiApp: theme, configured keys, command palette, and internal errors."""

from __future__ import annotations

import pytest

from tests.commands.test_export import save
from tests.program import Program
from tests.ui.running import StartApp
from tui.config.load import load
from tui.demo.server import DemoServer
from tui.runtime import Runtime
from tui.ui.app import LlmTuiApp


async def test_configured_theme_is_used(program: Program, demo: DemoServer, start_app: StartApp) -> None:
    program.configure(f'theme = "nord"\nprovider = "s"\n[providers.s]\ntype = "ollama"\nbase_url = "{demo.url}"\n')
    app = await start_app(model="echo", wait=False)
    assert app.app.theme == "nord"
    assert app.notices == []


async def test_unknown_theme_is_reported_with_a_suggestion(
    program: Program, demo: DemoServer, start_app: StartApp
) -> None:
    program.configure(f'theme = "nrod"\nprovider = "s"\n[providers.s]\ntype = "ollama"\nbase_url = "{demo.url}"\n')
    app = await start_app(model="echo", wait=False)
    await app.until(lambda: app.notices)
    assert "'nrod'" in app.notices[0]
    assert "Did you mean 'nord'?" in app.notices[0]
    assert app.app.theme in ("lamplight", "lamplight-16")


async def test_unknown_key_action_is_reported_and_other_keys_apply(
    program: Program, demo: DemoServer, start_app: StartApp
) -> None:
    program.use_server(demo.url, more='[keys]\nquitt = "f9"\ntoggle_sidebar = "f8"\n')
    app = await start_app(model="echo", wait=False)
    await app.until(lambda: app.notices)
    assert "'quitt'" in app.notices[0]
    assert "Did you mean 'quit'?" in app.notices[0]
    shown = app.sidebar.display
    await app.press("ctrl+t")
    assert app.sidebar.display == shown
    await app.press("f8")
    assert app.sidebar.display != shown


@pytest.mark.parametrize("debug", ["", "1"])
async def test_internal_error_shows_a_traceback_only_with_debug(
    program: Program, demo: DemoServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], debug: str
) -> None:
    class Broken(LlmTuiApp):
        def on_ready(self) -> None:
            raise ZeroDivisionError("a bug\x1b[2J")

    monkeypatch.setenv("LLM_TUI_DEBUG", debug)
    program.use_server(demo.url)
    environment = program.environment()
    runtime = Runtime(load(program.config, environment), environment, program.data)
    app = Broken(runtime, model="echo")
    try:
        with pytest.raises(ZeroDivisionError):
            async with app.run_test():
                pass
        app._print_error_renderables()
    finally:
        await runtime.aclose()
    output = capsys.readouterr().err
    assert ("on_ready" in output) == bool(debug)
    if not debug:
        assert "Internal error: ZeroDivisionError: a bug␛[2J." in " ".join(output.split())
        assert "Set LLM_TUI_DEBUG=1 for a traceback" in " ".join(output.split())


async def test_old_conversations_are_deleted_at_start_with_a_notice(
    program: Program, demo: DemoServer, start_app: StartApp
) -> None:
    save(program, ("c1", "Asked in 1970"))
    program.configure(
        f'keep_days = 90\nprovider = "s"\n[providers.s]\ntype = "ollama"\nbase_url = "{demo.url}"\n',
    )
    app = await start_app(model="echo", wait=False)
    await app.until(lambda: app.notices)
    assert "1 conversation deleted: not used for 90 days (keep_days)." in app.notices[0]
    assert await app.app._runtime.conversations.call(lambda store: store.ids()) == ()
