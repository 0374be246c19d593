"""The texts of the `guide` model: how to use llm-tui, found by keyword."""

from __future__ import annotations

import re
from typing import Final

_FOOTER = """
---
*I am a script, not a model. Ask me about* `keys`, `providers`, `ollama`, `lm studio`, `config`, `scripts`, \
`markdown`, `errors` *or* `models`*.*
"""

_GREETING = """\
# Welcome to llm-tui

I am the **guide**: a script that comes with llm-tui, **not a model**. I have a few fixed texts and choose one by the \
keywords in your prompt. llm-tui talks to me over real HTTP on this machine, so everything works as it will with \
Ollama, LM Studio or any other server.

## What you can ask me

- `keys`: the keyboard shortcuts
- `providers`, `ollama`, `lm studio`: how to connect to a real model
- `config`: the config file and its settings
- `scripts`: llm-tui in scripts and pipes
- `markdown`: a sample of all the formatting in answers
- `errors`: what can go wrong, and what to do
- `models`: the other demo models

## Other demo models

Press **F4** to choose one: `echo` repeats your prompt, `lorem-200-20` writes a long text, `think` thinks first, \
`slow-load`, `flaky`, `cut` and `error` misbehave on purpose.
"""

# generated: guide-keys
_KEY_TABLE: Final = """\
| key | command |
| --- | --- |
| Enter | Send the prompt |
| Ctrl+J, Shift+Enter, Alt+Enter | New line |
| Esc | Stop the answer, close the open panel, or focus the prompt |
| Ctrl+N | New conversation |
| F1 | Help: all commands and keys |
| F2 | Settings |
| F3 | Sidebar: switch provider or conversation |
| F4 | Choose a model |
| F5 | Regenerate the last answer |
| F6 | Copy the last answer |
| F7 | Continue an interrupted or truncated answer |
| F9 | Compare models: one prompt, several answers side by side |
| Ctrl+O | Edit the prompt in $VISUAL or $EDITOR |
| Ctrl+F | Search in this conversation |
| Ctrl+G | Search in all conversations |
| Ctrl+T | Hide or show the sidebar |
| Ctrl+Q | Quit |
"""
# /generated

# generated: guide-log-keys
_LOG_KEY_TABLE: Final = """\
| key | command |
| --- | --- |
| ↑, `k` | Select the previous message |
| ↓, `j` | Select the next message |
| `c` | Copy the message |
| `b` | Copy a code block |
| Space | Fold or unfold thinking, tools, files, pastes |
| `v` | View the pictures of the message |
| `o` | Open the picture of the message in another program |
| `s` | Save the pictures of the message as files |
| `e` | Edit a prompt and resend it in its place |
| `r` | Regenerate the answer |
| ← | Previous version of the prompt or answer |
| → | Next version of the prompt or answer |
| `f` | Fork a conversation from here |
| `d`, Delete | Delete the message and everything after it |
| `u` | Undo delete |
"""
# /generated

_KEYS = f"""\
# Keys

{_KEY_TABLE}
**Tab** focuses the conversation. There, these keys work on the selected message:

{_LOG_KEY_TABLE}
To change a key, set it under `[keys]` in the config file.
"""

_PROVIDERS = """\
# Providers

A **provider** is a server that runs models. Besides this demo, llm-tui supports three types:

| type | server | default address |
| --- | --- | --- |
| `ollama` | Ollama | `http://127.0.0.1:11434` |
| `lmstudio` | LM Studio | `http://127.0.0.1:1234` |
| `openai` | any OpenAI-compatible server | none |

Press F3 for the list and Enter to switch. To add a server, write a few lines in the config file:

```toml
[providers.my-gateway]
type = "openai"
base_url = "https://example.org/v1"
api_key_env = "MY_GATEWAY_KEY"
```

The key stays in the environment: it is never shown and never logged. `llm-tui doctor` checks every provider.
"""

_OLLAMA = """\
# With Ollama

1. Install it from <https://ollama.com/download>.
2. Start it, if it is not running: `ollama serve`
3. Download a model, for example a small one: `ollama pull llama3.2`
4. Press **F3** and choose `ollama`, then **F4** and choose the model.

The default address is `http://127.0.0.1:11434`. To use another, set `OLLAMA_HOST`, or `base_url` in the config file:

```toml
[providers.ollama]
type = "ollama"
base_url = "http://127.0.0.1:11434"
keep_alive = "5m"
```

> The first answer of a model takes longer, because the model must be loaded. `slow-load` shows how that looks.
"""

_LM_STUDIO = """\
# With LM Studio

1. Install it from <https://lmstudio.ai>, and download a model in it.
2. Start its server on the *Developer* page, or with `lms server start`.
3. Press **F3** and choose `lmstudio`, then **F4** and choose the model.

The default address is `http://127.0.0.1:1234`:

```toml
[providers.lmstudio]
type = "lmstudio"
base_url = "http://127.0.0.1:1234"
```

> LM Studio may load a model at the first prompt, which can take minutes. llm-tui waits up to \
`timeouts.first_token`; Esc stops the wait.
"""

_CONFIG = """\
# Settings

**F2** opens the settings. They are stored in `config.toml`:

- `llm-tui config path` prints its path,
- `llm-tui config init` writes a template with every key and a comment for each,
- `llm-tui config show` prints the effective settings and where each comes from.

```toml
provider = "ollama"      # opened at start
theme = "auto"

[timeouts]               # seconds, 0 = no limit
connect = 5.0
first_token = 300.0      # loading a model may take minutes
idle = 60.0

[retry]
attempts = 3             # in total

[keys]
cancel_stream = "escape"
```

Every key is optional. The settings screen writes only what you change, and keeps your comments.
"""

_SCRIPTS = """\
# Without a screen

`llm-tui ask` streams one answer to standard output, for pipes and scripts:

```sh
llm-tui ask "Why is the sky blue?"
git diff | llm-tui ask "Write a commit message for this."
llm-tui ask --image photo.png "What is this?"
llm-tui ask --json "Name three rivers." | tail -n 1
```

| option | meaning |
| --- | --- |
| `--provider`, `--model` | which model answers |
| `--system TEXT` | the system prompt |
| `--option KEY=VALUE` | a model option, such as `temperature=0.2` or `num_ctx=8192` |
| `--json` | one JSON object per line; the last is `done` or `error` |
| `--stats` | tokens and times |
| `--save` | save it as a conversation |

Exit codes: 0 success, 1 the provider failed, 2 bad usage, 130 interrupted (Ctrl+C).
See also: `llm-tui models`, `llm-tui doctor`, `llm-tui export`.
"""

_MARKDOWN = """\
# A heading

Text can be **bold**, *italic*, ***both***, ~~struck out~~ or `code`, and can contain [a link](https://example.org). \
Wide characters stay aligned: 日本語, Ελληνικά, café, 🌊.

## Lists

- apples
- pears
  - green ones
  - yellow ones
- plums

1. wash
2. cut
3. eat

- [x] done
- [ ] to do

## A quote

> The best way to have a good idea is to have lots of ideas.
>
> > And a quote in a quote.

## A table

| fruit | colour | price |
| :--- | :---: | ---: |
| apple | red | 1.20 |
| pear | *green* | 0.95 |
| plum | `violet` | 12.00 |

## Code

```python
def greet(name: str) -> str:
    \"\"\"Say hello.\"\"\"
    return f"Hello, {name}!"


print(greet("world"))
```

```json
{"fruit": "apple", "price": 1.2, "ripe": true}
```

### A smaller heading

A horizontal rule follows.

---
"""

_ERRORS = """\
# When something goes wrong

llm-tui says what failed, where, and what to try. It retries automatically only **before** the first word of an \
answer. Text that has arrived is always kept and marked as incomplete.

| kind | meaning | try |
| --- | --- | --- |
| `connect` | no server at that address | start the server, `llm-tui doctor` |
| `first_token_timeout` | the answer did not start in time | raise `timeouts.first_token` |
| `idle_timeout` | the answer stalled | F7 continues, or raise `timeouts.idle` |
| `model_not_found` | the server does not have the model | F4 |
| `auth` | the key is missing or wrong | `api_key_env` |
| `rate_limited` | too many requests | wait |
| `server` | the server failed | see the demo model `flaky` |
| `stream_error` | the server failed in the middle of an answer | see `error` |
| `interrupted` | the connection broke | see `cut` |

Those three demo models fail on purpose, to show how llm-tui reacts.
"""

_MODELS = """\
# The demo models

All of them are scripts. Press **F4** to choose one.

| model | behaviour |
| --- | --- |
| `guide` | this |
| `echo` | repeats your prompt, and counts its images |
| `lorem-200-20` | 200 tokens at 20 per second |
| `lorem-2000-0` | 2,000 tokens as fast as possible |
| `think` | thinks for a few seconds, then answers |
| `slow-load` | sends nothing for five seconds, then answers |
| `flaky` | fails twice, then works, then fails twice again |
| `cut` | drops the connection in the middle of the answer |
| `error` | reports an error in the middle of the answer |

Any `lorem-N-R` exists, listed or not: N tokens (at most ten million) at R tokens per second.
"""

# The first match is used, so specific keywords come before general ones.
_TOPICS: Final = (
    (r"lm[ -]?studio|lms", _LM_STUDIO),
    (r"ollama", _OLLAMA),
    (r"markdown|showcase|tables?|headings?|format(ting)?", _MARKDOWN),
    (r"keys?|keyboard|shortcuts?|bindings?|hotkeys?", _KEYS),
    (r"config(uration)?|settings?|options?|toml|themes?", _CONFIG),
    (r"providers?|servers?|gateways?|openai|api|connect", _PROVIDERS),
    (r"errors?|fail(s|ed|ure|ures)?|broken|timeouts?|retry|retries|wrong", _ERRORS),
    (r"models?|demo|echo|lorem|think(ing)?|slow-load|flaky|cut", _MODELS),
    (r"ask|scripts?|scripting|pipes?|json|shell|command line|headless", _SCRIPTS),
)


def guide_text(prompt: str) -> str:
    """The text for the first keyword in the prompt, or the greeting."""
    for keywords, text in _TOPICS:
        if re.search(rf"\b({keywords})\b", prompt, re.IGNORECASE):
            return text + _FOOTER
    return _GREETING
