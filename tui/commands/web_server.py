"""The server of `llm-tui serve`: textual-serve's websocket and scripts, with our page and our checks.

Any page that a browser shows may connect to a websocket on loopback, also under a name of its own that leads there.
So a request must have the `Origin` of our page, and on loopback a `Host` that means this machine.
https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Origin
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web
from textual_serve.server import Server

_MIN_FONT_SIZE, _MAX_FONT_SIZE = 6, 40
_FONT_SIZE: Final = 16

_LOOPBACK_NAMES: Final = frozenset({"127.0.0.1", "localhost", "[::1]"})

_POLICY: Final = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; font-src 'self' data:; "
    "img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
"""The page loads nothing from elsewhere, and no other page may show it in a frame."""

_PAGE: Final = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>llm-tui</title>
<link rel="stylesheet" href="/static/css/xterm.css">
<style>
@font-face { font-family: "Roboto Mono"; font-weight: 100 700;
  src: url("/static/fonts/RobotoMono-VariableFont_wght.ttf"); }
@font-face { font-family: "Roboto Mono"; font-style: italic; font-weight: 100 700;
  src: url("/static/fonts/RobotoMono-Italic-VariableFont_wght.ttf"); }
body { background: #14110f; color: #d8cfc4; font: 16px "Roboto Mono", monospace; margin: 0;
  overflow: hidden; }
.textual-terminal { width: 100vw; height: 100vh; }
.ended { display: none; position: absolute; inset: 0; z-index: 10; background: #14110f; text-align: center;
  padding-top: 40vh; }
.-closed .ended { display: block; }
button { font: inherit; padding: 8px 16px; }
</style>
<link rel="icon" href="data:,">
</head>
<body>
<div class="ended"><p>llm-tui has ended.</p><button onclick="location.reload()" id="start">Start again</button></div>
<div id="terminal" class="textual-terminal" data-font-size="FONT_SIZE"></div>
<script>
// textual.js measures a character when it starts, so it starts with the fonts, or without those that fail to load.
addEventListener("load", async () => {
  await Promise.allSettled(["", "italic "].map(style => document.fonts.load(style + '16px "Roboto Mono"')));
  const script = document.createElement("script");
  script.src = "/static/js/textual.js";
  // It waits for this event, which has passed.
  script.onload = () => dispatchEvent(new Event("load"));
  document.head.append(script);
}, { once: true });
// Before textual.js reads it. Also right behind a proxy with TLS.
document.getElementById("terminal").dataset.sessionWebsocketUrl = location.origin.replace(/^http/, "ws") + "/ws";
// What is typed at once is meant for the app: textual.js waits for a click.
new MutationObserver((_, observer) => {
  const keys = document.querySelector(".xterm-helper-textarea");
  if (keys && document.body.classList.contains("-first-byte")) { keys.focus(); observer.disconnect(); }
}).observe(document.body, { attributes: true, childList: true, subtree: true });
</script>
</body>
</html>
"""


class WebServer:
    """Serves the app to browsers. Each page that is opened runs an app of its own."""

    def __init__(self, command: str, *, is_remote: bool) -> None:
        """Args:
        command: The command line of the app, for a shell.
        is_remote: Whether other machines may connect.
        """
        self._is_remote = is_remote
        self._server = Server(command, title="llm-tui")

    def application(self) -> web.Application:
        """The routes, with a check before each."""
        application = web.Application(middlewares=[self._checked])
        application.router.add_get("/", self._show_page)
        application.router.add_get("/ws", self._server.handle_websocket)
        application.router.add_static("/static", self._server.statics_path)
        return application

    @web.middleware
    async def _checked(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        name, _, port = request.host.rpartition(":")
        if not self._is_remote and (name if port.isdigit() else request.host) not in _LOOPBACK_NAMES:
            raise web.HTTPForbidden(text="llm-tui answers only under the address of this machine.\n")
        origin = request.headers.get("Origin")
        if origin is not None and urlsplit(origin).netloc != request.host:
            raise web.HTTPForbidden(text="Another page may not use llm-tui.\n")
        return await handler(request)

    async def _show_page(self, request: web.Request) -> web.Response:
        wanted = request.query.get("fontsize", "")
        size = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 4 else _FONT_SIZE
        page = _PAGE.replace("FONT_SIZE", str(max(_MIN_FONT_SIZE, min(_MAX_FONT_SIZE, size))))
        headers = {"Content-Security-Policy": _POLICY, "Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}
        return web.Response(text=page, content_type="text/html", headers=headers)
