"""What a front end runs on: settings, providers, saved conversations and the built-in demo server.

`runtime` opens and closes them. `selection` decides which provider and which model come first; `probe` asks the
providers whether they answer; `provider_pool` keeps the connections; `demo_host` starts the demo server on demand;
`api_keys` finds the keys; `server_search` finds servers that are not configured yet; `retention`
deletes conversations by age.
"""

from tui.runtime.probe import ProbeResult
from tui.runtime.runtime import Runtime
from tui.runtime.selection import DEMO

__all__ = ["DEMO", "ProbeResult", "Runtime"]
