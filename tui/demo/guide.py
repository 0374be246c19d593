"""What the guide says: how to use llm-tui, by keyword."""

from __future__ import annotations

import re

_FOOTER = """
---
*I am a script and no model. Ask me about* `keys`, `providers`, `ollama`, `lm studio`, `config`, `scripts`, \
`markdown`, `errors` *or* `models`*.*
"""

_GREETING = """\
# Welcome to llm-tui

I am the **guide**: a script that comes with llm-tui, and **no model**. I know a few texts by heart and look for \
keywords in what you write. You talk to me over real HTTP on this machine, so everything here works as it will with \
Ollama, LM Studio or any other server; only the cleverness is missing.

## What you can ask me

- `keys`: how to get about
- `providers`, `ollama`, `lm studio`: how to reach a real model
- `config`: where the settings are, and what they look like
- `scripts`: llm-tui without a screen, in a pipe
- `markdown`: everything that an answer can be made of
- `errors`: what can go wrong, and what llm-tui does about it
- `models`: the other demo models

## Who else is here

Press **F4** and choose: `echo` repeats what you send, `lorem-200-20` writes a long text, `think` thinks first, \
`slow-load`, `flaky`, `cut` and `error` misbehave on purpose.
"""

_KEYS = """\
# Keys

| key | what it does |
| --- | --- |
| Enter | send |
| Ctrl+J, Shift+Enter, Alt+Enter | new line |
| Esc | stop the answer; otherwise close what is open, or go back to the prompt |
| Ctrl+N | new conversation |
| F1 | help: every action and its key |
| F2 | settings |
| F3 | the sidebar, with the providers |
| F4 | choose a model |
| F5 | the last answer again |
| F6 | copy the last answer |
| F7 | go on with an answer that was cut off, stopped or too long |
| Ctrl+O | write the prompt in your editor |
| Ctrl+F, Ctrl+G | search here, search everywhere |
| Ctrl+P | every action by its name |
| Ctrl+T | hide or show the sidebar |
| Ctrl+Q | quit |

**Tab** goes into the log. There Up and Down (or `k` and `j`) select a message, and then: `c` copies it, `b` copies \
its code, `e` edits and sends it again, `r` asks for another answer, `f` forks a conversation, `d` deletes, \
Space unfolds the thinking.

Every key can be changed in the `[keys]` part of the config.
"""

_PROVIDERS = """\
# Providers

A **provider** is a server that you talk to. llm-tui knows three kinds, and this demo:

| type | speaks to | usual address |
| --- | --- | --- |
| `ollama` | Ollama | `http://127.0.0.1:11434` |
| `lmstudio` | LM Studio | `http://127.0.0.1:1234` |
| `openai` | anything OpenAI-compatible | yours |

F3 opens the list, Enter switches. A gateway of your own needs a few lines of config:

```toml
[providers.my-gateway]
type = "openai"
base_url = "https://example.org/v1"
api_key_env = "MY_GATEWAY_KEY"
```

The key stays in the environment: it is never shown and never logged. `llm-tui doctor` tells which providers answer.
"""

_OLLAMA = """\
# With Ollama

1. Install it from <https://ollama.com/download>.
2. Start it, unless it started by itself: `ollama serve`
3. Get a model, a small one to begin with: `ollama pull llama3.2`
4. Press **F3** and choose `ollama`, then **F4** and choose the model.

It is expected at `http://127.0.0.1:11434`; `OLLAMA_HOST`, or `base_url` in the config, says otherwise:

```toml
[providers.ollama]
type = "ollama"
base_url = "http://127.0.0.1:11434"
keep_alive = "5m"
```

> The first answer of a model takes longer: it must be loaded. My neighbour `slow-load` shows how that looks.
"""

_LM_STUDIO = """\
# With LM Studio

1. Install it from <https://lmstudio.ai> and download a model in it.
2. Start its server: on the *Developer* page, or with `lms server start`.
3. Press **F3** and choose `lmstudio`, then **F4** and choose the model.

It is expected at `http://127.0.0.1:1234`:

```toml
[providers.lmstudio]
type = "lmstudio"
base_url = "http://127.0.0.1:1234"
```

> LM Studio may load a model when it is first asked, which can take minutes. llm-tui waits as long as \
`timeouts.first_token` allows; Esc stops the wait.
"""

_CONFIG = """\
# Settings

**F2** opens them. They are kept in a file called `config.toml`:

- `llm-tui config path` tells where it is,
- `llm-tui config init` writes one with every key and a comment for each,
- `llm-tui config show` prints what is in force, and where each value came from.

```toml
provider = "ollama"      # opened at start
theme = "textual-dark"

[timeouts]               # seconds, 0 = no limit
connect = 5.0
first_token = 300.0      # a cold model may load for minutes
idle = 60.0

[retry]
attempts = 3             # tries in all

[keys]
cancel_stream = "escape"
```

Every key is optional. The settings screen writes only what you changed, and leaves your comments alone.
"""

_SCRIPTS = """\
# Without a screen

`llm-tui ask` streams one answer to standard output, so it works in pipes and scripts:

```sh
llm-tui ask "Why is the sky blue?"
git diff | llm-tui ask "Write a commit message for this."
llm-tui ask --image photo.png "What is this?"
llm-tui ask --json "Name three rivers." | tail -n 1
```

| option | what it does |
| --- | --- |
| `--provider`, `--model` | whom to ask |
| `--system TEXT` | what the model is told first |
| `--option KEY=VALUE` | `temperature=0.2`, `num_ctx=8192` and the like |
| `--json` | one JSON object a line; the last is `done` or `error` |
| `--stats` | how long it took |
| `--save` | keep it as a conversation |

It exits with 0 when all went well, 1 when the provider failed, 2 for bad usage, 130 after Ctrl+C.
Also useful: `llm-tui models`, `llm-tui doctor`, `llm-tui export`.
"""

_MARKDOWN = """\
# A heading

Text may be **bold**, *slanted*, ***both***, ~~struck out~~ or `code`, and it may hold [a link](https://example.org). \
Wide characters keep their place: 日本語, Ελληνικά, café, 🌊.

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
    return f"Hello, {name}!"  # no exclamation is too many


print(greet("world"))
```

```json
{"fruit": "apple", "price": 1.2, "ripe": true}
```

### A smaller heading

A rule ends it.

---
"""

_ERRORS = """\
# When something goes wrong

llm-tui says what failed, where, and what to try. It tries again by itself only **before** the first word of an \
answer; what has arrived is always kept and marked.

| kind | means | try |
| --- | --- | --- |
| `connect` | nothing answers at that address | start the server, `llm-tui doctor` |
| `first_token_timeout` | the model did not begin | wait longer: `timeouts.first_token` |
| `idle_timeout` | it fell silent | F7 goes on, or `timeouts.idle` |
| `model_not_found` | the server does not have it | F4 |
| `auth` | the key is missing or wrong | `api_key_env` |
| `rate_limited` | too many requests | wait |
| `server` | the server failed | try `flaky` here |
| `stream_error` | it failed in the middle | try `error` here |
| `interrupted` | the connection broke | try `cut` here |

Those three demo models fail on purpose, so that you can see it before it matters.
"""

_MODELS = """\
# The demo models

All of them are scripts. **F4** chooses one.

| model | what it does |
| --- | --- |
| `guide` | this |
| `echo` | repeats what you send, and counts your images |
| `lorem-200-20` | 200 tokens at 20 a second |
| `lorem-2000-0` | 2,000 tokens as fast as possible |
| `think` | thinks for a few seconds, then answers |
| `slow-load` | says nothing for five seconds, then answers |
| `flaky` | fails twice, then works, then fails twice again |
| `cut` | drops the connection in mid-answer |
| `error` | reports an error in mid-answer |

Any `lorem-N-R` exists, listed or not: N tokens (up to ten million) at R tokens a second.
"""

# The first that fits is taken, so what is named goes before what is general.
_TOPICS = (
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
    """The text on what the prompt mentions, or the greeting."""
    for keywords, text in _TOPICS:
        if re.search(rf"\b({keywords})\b", prompt, re.IGNORECASE):
            return text + _FOOTER
    return _GREETING
