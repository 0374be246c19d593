"""The clients that `peers` compares, and how to install, configure and use each of them.

Each has an environment of its own, and a home folder of its own for each run. The settings are those that the
documentation of the client describes.
"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.observed_program import ObservedProgram

REPOSITORY = Path(__file__).parents[2]
_OTERM_CHAT = """
import asyncio
from oterm.store.store import Store
from oterm.types import ChatModel

async def add_chat():
    store = await Store.get_store()
    await store.save_chat(ChatModel(name="chat", model="m", provider="ollama"))

asyncio.run(add_chat())
"""
"""Adds a chat with oterm's own code, because oterm starts with its saved chats, and asks for a model without any."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a client runs."""

    environment: Path
    """The folder of its virtual environment."""
    home: Path
    """An empty folder, or a copy of the home folder of the first start."""
    url: str
    """The server."""
    model: str

    @property
    def python(self) -> str:
        """The interpreter of the environment."""
        return str(self.environment / "bin" / "python")

    @property
    def config(self) -> Path:
        """`$XDG_CONFIG_HOME`."""
        return self.home / "config"

    @property
    def data(self) -> Path:
        """`$XDG_DATA_HOME`."""
        return self.home / "data"

    @property
    def variables(self) -> dict[str, str]:
        """The environment variables that all clients have: nothing of the user's, and no proxy."""
        return {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "HOME": str(self.home),
            "XDG_CONFIG_HOME": str(self.config),
            "XDG_DATA_HOME": str(self.data),
            "XDG_CACHE_HOME": str(self.home / "cache"),
            "XDG_STATE_HOME": str(self.home / "state"),
        }

    def script(self, name: str) -> str:
        """A command of the environment."""
        return str(self.environment / "bin" / name)


def _nothing(place: Place) -> None:
    """There is nothing to configure."""


def _no_variables(place: Place) -> dict[str, str]:
    return {}


def _press_escape(app: ObservedProgram) -> float:
    return app.type("\x1b")


def _press_interrupt(app: ObservedProgram) -> float:
    return app.type("\x03")


@dataclass(frozen=True, slots=True)
class Client:
    """A program that shows answers."""

    name: str
    distribution: str
    """The name of the installed package, to find its version."""
    arguments: Callable[[Place], Sequence[str]]
    """The arguments of `python`."""
    requirements: tuple[str, ...]
    """What to install."""
    environment: str
    """The name of its environment. Clients may share one."""
    configure: Callable[[Place], None] = _nothing
    """Called before each run. Its home folder is a copy of the one that the first start left."""
    create: Callable[[Place], None] = _nothing
    """Called once, before the first start."""
    variables: Callable[[Place], Mapping[str, str]] = _no_variables
    """More environment variables."""
    prompt: Callable[[str], str] = lambda model: "hi"
    """What to type, by the name of the model."""
    submit: str = "\r"
    """The key that sends the prompt."""
    stop: Callable[[ObservedProgram], float] | None = _press_escape
    """Stops the answer with a key. Returns when it was pressed. None if there is only a button for the mouse."""
    stop_note: str = ""
    """What is pressed, if it is not Esc."""
    has_screen: bool = True
    """Whether it has a screen and a prompt. Otherwise it prints the answer."""
    is_in_repository: bool = False
    """Whether it is one of these benchmarks."""


def _configure_oterm(place: Place) -> None:
    folder = place.data / "oterm"
    (folder / "config.json").write_text(json.dumps({"theme": "textual-dark", "splash-screen": False}))
    database = sqlite3.connect(folder / "store.db")
    database.execute("UPDATE chat SET model = ?", [place.model])
    database.commit()
    database.close()


def _create_oterm(place: Place) -> None:
    (place.data / "oterm").mkdir(parents=True)
    subprocess.run(
        [place.python, "-c", _OTERM_CHAT], env=place.variables, cwd=place.home, check=True, capture_output=True
    )


def _configure_elia(place: Place) -> None:
    folder = place.config / "elia"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.toml").write_text(
        f'default_model = "bench"\n[[models]]\nid = "bench"\nname = "openai/{place.model}"\n'
        f'api_base = "{place.url}/v1"\napi_key = "none"\n'
    )


def _configure_parllama(place: Place) -> None:
    folder = place.data / "parllama"
    folder.mkdir(parents=True, exist_ok=True)
    settings = {
        "schema_version": 2,
        "starting_tab": "Chat",
        "use_last_tab_on_startup": False,
        "last_llm_config": {"provider": "Ollama", "model_name": place.model, "temperature": 0.5},
        "ollama": {"ollama_host": place.url},
        "ui": {"show_first_run": False, "check_for_updates": False},
    }
    (folder / "settings.json").write_text(json.dumps(settings))


def _configure_llm_tui(place: Place) -> None:
    (place.home / "config.toml").write_text(
        f'provider = "server"\n[providers.server]\ntype = "ollama"\nbase_url = "{place.url}"\n'
    )


def _llm_tui_variables(place: Place) -> dict[str, str]:
    """Where llm-tui finds its config and its data."""
    return {"LLM_TUI_CONFIG": str(place.home / "config.toml"), "LLM_TUI_DATA_DIR": str(place.data / "llm-tui")}


def _model_as_prompt(model: str) -> str:
    return model


_LLM_TUI = (str(REPOSITORY),)
_LOCAL_PRICES = {"LITELLM_LOCAL_MODEL_COST_MAP": "True"}
"""Otherwise litellm waits for a list of prices from the internet, or for its timeout."""


OTERM = Client(
    name="oterm",
    distribution="oterm",
    requirements=("oterm",),
    environment="oterm",
    arguments=lambda place: [place.script("oterm")],
    create=_create_oterm,
    configure=_configure_oterm,
    variables=lambda place: {"OLLAMA_URL": place.url},
)
ELIA = Client(
    name="elia",
    distribution="elia-chat",
    requirements=("elia-chat",),
    environment="elia",
    arguments=lambda place: [place.script("elia")],
    configure=_configure_elia,
    variables=lambda place: _LOCAL_PRICES,
    submit="\n",
)
PARLLAMA = Client(
    name="parllama",
    distribution="parllama",
    requirements=("parllama",),
    environment="parllama",
    arguments=lambda place: [place.script("parllama")],
    configure=_configure_parllama,
    variables=lambda place: {"OLLAMA_URL": place.url, **_LOCAL_PRICES},
    stop=None,
)
MARKDOWN_STREAM = Client(
    name="MarkdownStream",
    distribution="textual",
    requirements=_LLM_TUI,
    environment="llm-tui",
    arguments=lambda place: ["-m", "tests.benchmarks.bare_markdown", place.url],
    prompt=_model_as_prompt,
    is_in_repository=True,
)
LLM_TUI = Client(
    name="llm-tui",
    distribution="llm-tui",
    requirements=_LLM_TUI,
    environment="llm-tui",
    arguments=lambda place: [place.script("llm-tui"), "--model", place.model],
    configure=_configure_llm_tui,
    variables=_llm_tui_variables,
)
RAW_LOOP = Client(
    name="raw loop",
    distribution="httpx",
    requirements=_LLM_TUI,
    environment="llm-tui",
    arguments=lambda place: ["-m", "tests.benchmarks.raw_loop", place.url],
    prompt=_model_as_prompt,
    submit="\n",
    stop=_press_interrupt,
    stop_note="Ctrl+C",
    has_screen=False,
    is_in_repository=True,
)
CLIENTS = (OTERM, ELIA, PARLLAMA, MARKDOWN_STREAM, LLM_TUI, RAW_LOOP)
"""In the order of the table."""


def install(environment: Path, requirements: Sequence[str]) -> str:
    """Create a virtual environment, or use an existing one, and install the latest versions with pip.

    Returns:
        The end of pip's errors. Empty if it did not fail.
    """
    python = environment / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", environment], check=True)
    command = [
        str(python),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--upgrade",
        "--disable-pip-version-check",
        *requirements,
    ]
    installation = subprocess.run(command, capture_output=True, text=True, check=False)
    return installation.stderr.strip()[-500:] if installation.returncode else ""


def version(environment: Path, distribution: str) -> str:
    """The version of an installed package. Empty if it is not installed."""
    code = f"import importlib.metadata; print(importlib.metadata.version({distribution!r}))"
    command = [str(environment / "bin" / "python"), "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
