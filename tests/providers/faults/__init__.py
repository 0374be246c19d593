"""A catalogue of faults seen in model servers and networks, and the expected outcome of each.

Each fault runs over real sockets in `test_faults`, in every wire format in which it can occur.
`python -m tests.providers.faults` runs all of them and prints the outcomes as a Markdown table.
"""

from __future__ import annotations

from typing import Final

from tests.providers.faults.cancellation import CANCELLATION
from tests.providers.faults.chunks import CHUNKS
from tests.providers.faults.compression import COMPRESSION
from tests.providers.faults.connections import CONNECTIONS
from tests.providers.faults.cut_streams import CUT_STREAMS
from tests.providers.faults.endings import ENDINGS
from tests.providers.faults.fault import Fault, run_fault
from tests.providers.faults.framing import FRAMING
from tests.providers.faults.malformed_bodies import MALFORMED_BODIES
from tests.providers.faults.model_errors import MODEL_ERRORS
from tests.providers.faults.proxies import PROXIES
from tests.providers.faults.rate_limits import RATE_LIMITS
from tests.providers.faults.responses import RESPONSES
from tests.providers.faults.size_limits import SIZE_LIMITS
from tests.providers.faults.status_codes import STATUS_CODES
from tests.providers.faults.stream_errors import STREAM_ERRORS
from tests.providers.faults.timeouts import TIMEOUTS
from tests.providers.faults.tool_calls import TOOL_CALLS

__all__ = ["CATALOGUE", "FAULT_CASES", "Fault", "run_fault"]

CATALOGUE: Final[tuple[Fault, ...]] = (
    *CONNECTIONS,
    *PROXIES,
    *TIMEOUTS,
    *MODEL_ERRORS,
    *STATUS_CODES,
    *RATE_LIMITS,
    *RESPONSES,
    *FRAMING,
    *SIZE_LIMITS,
    *MALFORMED_BODIES,
    *COMPRESSION,
    *STREAM_ERRORS,
    *ENDINGS,
    *CUT_STREAMS,
    *CHUNKS,
    *TOOL_CALLS,
    *CANCELLATION,
)

FAULT_CASES: Final = tuple((fault, wire) for fault in CATALOGUE for wire in fault.wires)
"""Each fault with each of its wire formats."""
