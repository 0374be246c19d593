"""What is known of common servers, so that a provider for one of them needs little typing."""

from __future__ import annotations

from typing import Final

from tui.config.settings import ProviderType
from tui.light_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Preset:
    """A common server."""

    title: str
    """Its name, as people write it."""

    name: str
    """The name of a provider for it. Empty to let the user choose one."""

    type: ProviderType
    base_url: str = ""
    """Its usual address. Empty if it has none."""

    key_variable: str = ""
    """The environment variable that usually holds its API key. Empty if it needs none."""

    note: str = ""
    """A word about its address. Empty for none."""


PRESETS: Final = (
    Preset("Ollama", "ollama", "ollama", "http://127.0.0.1:11434"),
    Preset("LM Studio", "lmstudio", "lmstudio", "http://127.0.0.1:1234"),
    Preset("llama.cpp", "llamacpp", "llamacpp", "http://127.0.0.1:9931", note="versions before August 2026: port 8080"),
    Preset("vLLM", "vllm", "openai", "http://127.0.0.1:8000/v1"),
    Preset("Jan", "jan", "openai", "http://127.0.0.1:1337/v1", "JAN_API_KEY"),
    Preset("LocalAI", "localai", "openai", "http://127.0.0.1:8080/v1"),
    Preset("OpenRouter", "openrouter", "openai", "https://openrouter.ai/api/v1", "OPENROUTER_API_KEY"),
    Preset("OpenAI", "openai", "openai", "https://api.openai.com/v1", "OPENAI_API_KEY"),
    Preset("Groq", "groq", "openai", "https://api.groq.com/openai/v1", "GROQ_API_KEY"),
    Preset("DeepSeek", "deepseek", "openai", "https://api.deepseek.com/v1", "DEEPSEEK_API_KEY"),
    Preset("Mistral", "mistral", "openai", "https://api.mistral.ai/v1", "MISTRAL_API_KEY"),
    Preset("ollama.com", "ollama-cloud", "ollama", "https://ollama.com", "OLLAMA_API_KEY"),
    Preset("other", "", "openai"),
)

_NAMES: Final = {
    "llama.cpp": "llamacpp",
    "LM Studio": "lmstudio",
    "Docker Model Runner": "docker",
    "LocalAI": "localai",
}


def name_for(software: str) -> str:
    """The name of a provider for a server: `vLLM` → `vllm`.

    Args:
        software: The name of the server's software.
    """
    return _NAMES.get(software) or ("server" if " " in software else software.lower())
