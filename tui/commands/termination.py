"""Ends a command properly when its terminal is closed or the process is told to end."""

from __future__ import annotations

import asyncio
import contextlib
import signal

from tui.errors import INTERRUPTED_EXIT_CODE


class Termination:
    """Cancels a task on SIGTERM and SIGHUP, as Ctrl+C does.

    Some servers continue an answer until they are told to stop.
    """

    def __init__(self) -> None:
        self.exit_code = INTERRUPTED_EXIT_CODE
        """The exit code after the signal: that of Ctrl+C if there was none of ours."""

    def watch(self) -> None:
        """Cancel the current task on these signals from now on. Does nothing where the system has none."""
        task = asyncio.current_task()
        assert task is not None

        def end(number: int) -> None:
            # As shells report it.
            self.exit_code = 128 + number
            task.cancel()

        with contextlib.suppress(NotImplementedError):
            for number in (signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)):
                # `nohup` ignores SIGHUP on purpose.
                if signal.getsignal(number) is not signal.SIG_IGN:
                    asyncio.get_running_loop().add_signal_handler(number, end, number)
