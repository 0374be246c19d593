"""Pictures on a terminal with kitty's graphics: what is asked, sent, painted and deleted."""

from __future__ import annotations

import base64
import io
import re
import sys

import pytest
from PIL import Image as PillowImage

from tests.program import Program
from tests.ui.pictures.images import file_of, flag
from tui.chat.conversation import Conversation
from tui.chat.image import Image
from tui.chat.message import ChatMessage
from tui.demo.server import DemoServer
from tui.store.conversations import ConversationStore

if sys.platform == "win32":
    pytest.skip("Windows has no pseudo-terminals", allow_module_level=True)

from tests.terminal import StartTerminal, quit_by_key

PLACEHOLDER = "\U0010eeee".encode()
TRANSMISSION = re.compile(rb"\x1b_Ga=T,U=1,f=100,t=d,q=2,i=(\d+),c=(\d+),r=(\d+),m=0;([^\x1b]*)\x1b\\")


async def test_terminal_shows_the_picture_itself(
    program: Program, demo: DemoServer, start_terminal: StartTerminal
) -> None:
    program.data.mkdir()
    store = ConversationStore(program.data)
    image = Image("image/png", file_of(flag(40, 20)), "flag.png")
    store.add(
        Conversation("c", created_at=1.0).append(ChatMessage("q", "user", "Look", created_at=1.0, images=(image,)))
    )
    store.close()
    program.use_server(demo.url)
    terminal = await start_terminal("--continue", size=(100, 40))
    await terminal.until(lambda received: b"a=q" in received and b"\x1b[>q" in received)

    terminal.type("\x1b_Gi=1;OK\x1b\\\x1bP>|kitty(0.35.2)\x1b\\\x1b[?62;c")
    await terminal.until(lambda received: PLACEHOLDER in received)

    sent = TRANSMISSION.search(terminal.received)
    assert sent is not None
    number, columns, rows, png = sent.groups()
    assert (columns, rows) == (b"40", b"10")
    assert PillowImage.open(io.BytesIO(base64.b64decode(png))).getpixel((0, 0)) == (255, 0, 0)
    assert len(TRANSMISSION.findall(terminal.received)) == 1
    assert sent.start() < terminal.received.index(PLACEHOLDER)
    # The colour of the placeholders is the number of the picture.
    colour = ";".join(map(str, int(number).to_bytes(3, "big"))).encode()
    assert re.search(rb"38;2;%s[;m][^\x1b]*%s" % (colour, PLACEHOLDER), terminal.received)
    # Nothing of the responses was typed.
    assert "kitty" not in terminal.picture
    await quit_by_key(terminal)
    assert b"a=d,d=I,q=2,i=" + number in terminal.received
