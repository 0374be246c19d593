"""The messages for invalid values: file, line, key, value and valid values."""

from __future__ import annotations

import pytest

from tests.config.conftest import WriteConfig
from tui.config.load import load
from tui.errors import ConfigError

GATEWAY = '[providers.x]\ntype = "openai"\nbase_url = "example.org"\n'


def load_error(write_config: WriteConfig, text: str) -> ConfigError:
    path = write_config(text)
    with pytest.raises(ConfigError) as caught:
        load(path, {})
    assert str(caught.value).startswith(f"{path}:")
    assert str(caught.value).isprintable()
    assert caught.value.hint.isprintable()
    return caught.value


def test_error_has_location_value_and_valid_values(write_config: WriteConfig) -> None:
    error = load_error(write_config, '# mine\n\n[timeouts]\nconnect = 1\n\nidle = "soon"\n')

    assert str(error).endswith(
        '/config.toml:6: timeouts.idle is "soon"; it must be a number of seconds from 0 to 86400 (0 means no limit).'
    )
    assert error.hint == "Correct it, or remove it to use the default, 60.0."
    assert error.exit_code == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("timeouts.idle = -1", "idle is -1; it must be a number of seconds from 0 to 86400 (0 means no limit)."),
        ("timeouts.idle = 86401", "idle is 86401; it must be a number of seconds"),
        ("timeouts.idle = nan", "idle is nan; it must be a number"),
        ("timeouts.idle = inf", "idle is inf; it must be a number"),
        ("timeouts.idle = true", "idle is true; it must be a number"),
        ("timeouts = 5", "timeouts is 5; it must be a table of connect, first_token, idle, total."),
        ("timeouts = [1, 2]", "timeouts is [1, 2]; it must be a table of connect"),
        ("[[timeouts]]\nidle = 1", "timeouts is an array of arrays or tables; it must be a table of connect"),
        (
            "buffers.read_bytes = 65536.0",
            "read_bytes is 65536.0; it must be a whole number of bytes from 1024 to 16777216.",
        ),
        ("buffers.read_bytes = 1", "read_bytes is 1; it must be a whole number of bytes"),
        ("buffers.queue_chunks = 0", "queue_chunks is 0; it must be a whole number of chunks from 1 to 100000."),
        ("buffers.max_event_bytes = 9999999999", "it must be a whole number of bytes from 1024 to 1073741824."),
        ("buffers.flush_hz = 0.5", "flush_hz is 0.5; it must be a number of updates a second from 1 to 120."),
        ("retry.attempts = 0", "attempts is 0; it must be a whole number of tries from 1 to 20."),
        ("retry.attempts = false", "attempts is false; it must be a whole number"),
        ("retry.backoff_max = 601", "it must be a number of seconds from 0 to 600 (0 means no wait)."),
        (
            "retry.statuses = 500",
            "statuses is 500; it must be an array of HTTP statuses, whole numbers from 100 to 599.",
        ),
        ("retry.statuses = [500, 600]", "statuses is [500, 600]; it must be an array"),
        ("retry.statuses = [true]", "statuses is [true]; it must be an array"),
        ("provider = 1", "provider is 1; it must be the name of a provider"),
        ("theme = 2020-01-01", "theme is 2020-01-01; it must be text on one line."),
        (r'theme = "\u001b[2J\u202e"', r'theme is "\u001b[2J\u202e"; it must be text on one line.'),
        (f'theme = ["{"x" * 99}"]', f'theme is ["{"x" * 57}…; it must be text'),
        ("keys = 1", "keys is 1; it must be a table of strings."),
        ("keys.quit = 1", "keys.quit is 1; it must be text on one line."),
        (r'keys."a\u0007b" = 1', r'keys."a\u0007b" is 1; it must be text on one line.'),
        ("providers = 1", "providers is 1; it must be tables such as [providers.ollama]."),
        ("providers.x = 1", "providers.x is 1; it must be a table such as [providers.ollama]."),
        ('providers."" = { type = "demo" }', 'providers has the name ""; it must be printable and not empty.'),
        (r'providers."a\nb".type = "demo"', r'providers has the name "a\nb"; it must be printable'),
    ],
)
def test_invalid_value_is_reported(write_config: WriteConfig, text: str, expected: str) -> None:
    assert expected in str(load_error(write_config, text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('type = "olama"', 'type is "olama"; it must be one of "ollama", "lmstudio", "openai", "llamacpp", "demo".'),
        ("model = 3", "model is 3; it must be text on one line."),
        (
            'think = "very much"',
            'think is "very much"; it must be "off", "on", a level of the model such as "low", or empty.',
        ),
        ("think = true", "think is true; it must be"),
        ("context_length = -1", "context_length is -1; it must be a whole number of tokens from 0"),
        ('base_url = "ftp://example.org"', 'base_url is "ftp://example.org"; it must be an address'),
        ('base_url = "http://example.org:port"', "it must be an address such as http://127.0.0.1:11434."),
        ('base_url = "http://"', "it must be an address"),
        ('base_url = "two words"', "it must be an address"),
        (r'base_url = "http://a\u0085b"', "it must be an address"),
        ('keep_alive = "soon"', 'keep_alive is "soon"; it must be a duration such as "5m", or a whole number'),
        ("keep_alive = true", "keep_alive is true; it must be a duration"),
        ("keep_alive = -2", "keep_alive is -2; it must be a duration"),
        ("verify = 1", "verify is 1; it must be true, false or the path of a CA bundle."),
        ('verify = ""', 'verify is ""; it must be true, false or'),
        (r'verify = "a\u0000b"', r'verify is "a\u0000b"; it must be true'),
        ("system_prompt = []", "system_prompt is []; it must be text."),
        ("headers = 1", 'headers is "********"; it must be a table of strings.'),
        ("headers.X-Team = 1", 'headers.X-Team is "********"; it must be text of printable ASCII characters.'),
        (r'headers.X-Team = "a\r\nX-Evil: 1"', 'headers.X-Team is "********"; it must be text of'),
        ('headers."X Team" = "a"', 'headers has the name "X Team"; it must be the name of an HTTP header'),
        ("options = 1", "options is 1; it must be a table."),
        ("options.seed = 1979-05-27", "options.seed is 1979-05-27; it must be a string, a number, true or false"),
        ("options.seed = [[nan]]", "options.seed is an array of arrays or tables; it must be a string, a number"),
        ("options.seed = { a = 07:00:00 }", "options.seed is a table; it must be a string, a number"),
        ("timeouts.idle = -1", "providers.x.timeouts.idle is -1; it must be a number of seconds"),
    ],
)
def test_invalid_provider_value_is_reported(write_config: WriteConfig, text: str, expected: str) -> None:
    key = text.partition(" ")[0]
    others = "".join(line for line in GATEWAY.splitlines(keepends=True) if not line.startswith(f"{key} "))
    lines = others + text

    error = str(load_error(write_config, lines))

    assert expected in error
    assert f"/config.toml:{len(lines.splitlines())}: providers.x" in error


@pytest.mark.parametrize(
    "text",
    [
        'api_key = "pa55\\nword"',
        "api_key = 7305577730",
        'api_key = ["pa55"]',
        'api_key_env = "sk-pa55"',
        "api_key_env = 7305577730",
        'headers.Authorization = "pa55\\u0000"',
        'headers = ["pa55"]',
        'base_url = "http://me:pa55@two words"',
        'base_url = ["http://me:pa55@host"]',
    ],
)
def test_error_does_not_contain_the_secret(write_config: WriteConfig, text: str) -> None:
    error = load_error(write_config, f'[providers.x]\ntype = "demo"\n{text}\n')

    message = f"{error} {error.hint}"
    assert "pa55" not in message
    assert "7305577730" not in message
    assert "it must be" in str(error)


@pytest.mark.parametrize("text", ['[[providers.x]]\napi_key = "pa55"', 'providers.x = [[{ api_key = "pa55" }]]'])
def test_error_about_a_table_does_not_contain_its_secret(write_config: WriteConfig, text: str) -> None:
    assert "pa55" not in str(load_error(write_config, text))


@pytest.mark.parametrize(
    ("text", "expected", "hint"),
    [
        ('[providers.x]\nmodel = "m"', 'config.toml:1: providers.x has no type; it must be one of "ollama"', "Add it."),
        (
            'theme = "nord"\n[providers.x]\ntype = "openai"',
            "config.toml:2: providers.x has no base_url; it must be an address",
            "Add it.",
        ),
        ('[providers.ollama]\nbase_url = ""', "config.toml:2: providers.ollama has no base_url", "Add it."),
        (
            'provider = "nope"',
            'config.toml:1: provider is "nope"; it must be one of "ollama", "lmstudio", "demo", or "".',
            'Correct it, or remove it to use the default, "ollama".',
        ),
        (
            "[retry]\nbackoff_initial = 20",
            "config.toml:2: retry.backoff_max is 8.0; it must be at least backoff_initial, which is 20.",
            "Correct it, or remove it to use the default, 0.5.",
        ),
        (
            "[retry]\nbackoff_initial = 3\nbackoff_max = 2.5",
            "config.toml:3: retry.backoff_max is 2.5; it must",
            "Correct it",
        ),
        (
            '[retry]\nbackoff_max = 3\n[providers.x]\ntype = "demo"\nretry.backoff_initial = 4',
            "config.toml:5: providers.x.retry.backoff_max is 3; it must be at least backoff_initial, which is 4.",
            "Correct it.",
        ),
    ],
)
def test_missing_or_conflicting_value_is_reported(
    write_config: WriteConfig, text: str, expected: str, hint: str
) -> None:
    error = load_error(write_config, text)

    assert expected in str(error)
    assert error.hint.startswith(hint)


def test_inherited_conflict_is_reported_once(write_config: WriteConfig) -> None:
    error = load_error(write_config, '[retry]\nbackoff_initial = 20\n[providers.x]\ntype = "demo"\nretry.attempts = 1')

    assert "config.toml:2: retry.backoff_max" in str(error)
    assert "more error" not in error.hint


def test_first_error_is_reported_with_the_number_of_others(write_config: WriteConfig) -> None:
    error = load_error(
        write_config,
        'theme = 1\n[providers.x]\nbase_url = 2\ntype = "olama"\n[retry]\nattempts = 0\n[timeouts]\nidle = ""',
    )

    assert "config.toml:1: theme is 1" in str(error)
    assert error.hint.endswith(" 4 more errors in the config.")


def test_invalid_provider_table_is_not_reported_as_missing(write_config: WriteConfig) -> None:
    error = load_error(write_config, 'provider = "x"\nproviders.x = 1')

    assert "providers.x is 1" in str(error)
    assert "more error" not in error.hint


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('providr = "x"', ":1: unknown key providr; ignored. Did you mean provider?"),
        (
            "\n[timeouts]\nidel = 5",
            ":3: unknown key timeouts.idel; ignored. Did you mean timeouts.idle?",
        ),
        ("idle = 5", "Did you mean timeouts.idle?"),
        ("[timeouts]\nattempts = 5", "Did you mean retry.attempts?"),
        ('model = "x"', "Did you mean providers.ollama.model?"),
        (
            f"{GATEWAY}base_uri = 1",
            "unknown key providers.x.base_uri; ignored. Did you mean providers.x.base_url?",
        ),
        (f"{GATEWAY}first_token = 1", "Did you mean providers.x.timeouts.first_token?"),
        ("[timeouts]\nxyzzy = 5", "Known keys: connect, first_token, idle, total."),
        (r'"a\u001bb" = 1', r'unknown key "a\u001bb"'),
        ("[[servers]]\nname = 1", ":1: unknown key servers"),
    ],
)
def test_unknown_key_is_a_warning_with_a_suggestion(write_config: WriteConfig, text: str, expected: str) -> None:
    (warning,) = load(write_config(text), {}).warnings

    assert expected in warning
    assert warning.isprintable()


def test_names_chosen_by_the_user_are_not_unknown(write_config: WriteConfig) -> None:
    text = f'{GATEWAY}options = {{ a = {{ b = 1 }} }}\nheaders.X-A = "b"\n[keys]\nanything = "f9"\n'

    assert load(write_config(text), {}).warnings == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('api_key_command = "pass show x"', 'api_key_command is "********"; it must be an array of strings'),
        ('api_key_command = ["pass", 1]', 'api_key_command is "********"; it must be an array of strings'),
        ('api_key_command = [" ", "x"]', 'api_key_command is [" ", "********"]; it must be an array of strings'),
        ('enabled = "no"', 'enabled is "no"; it must be true or false.'),
    ],
)
def test_invalid_key_command_is_reported_without_its_arguments(
    write_config: WriteConfig, text: str, expected: str
) -> None:
    assert expected in str(load_error(write_config, GATEWAY + text))
