"""Reads a program's output as a terminal does, and finds what the app itself would never write. No I/O."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Final

_TOKEN: Final = re.compile(
    r"""
    \x1b\[ [0-?]* [ -/]* [@-~]                              # CSI: cursor, colours, modes
    | \x1b\] [^\x07\x1b\x9c]* (?: \x07 | \x1b\\ | \x9c )    # OSC: title, clipboard, hyperlink
    | \x1b [PX^_] [^\x1b\x9c]* (?: \x1b\\ | \x9c )          # DCS, SOS, PM, APC
    | \x1b [ -/]* [0-~]                                     # other escape sequences
    | [\x00-\x1f\x7f-\x9f]                                  # C0 and C1 controls, DEL
    | [\u202a-\u202e\u2066-\u2069\u2028\u2029]        # directions of text, and line ends
    | [\ufff9-\ufffb\ud800-\udfff]                          # annotations, and bytes that are not UTF-8
    | [\U000e0000-\U000e007f]{9,}                           # invisible text
    """,
    re.VERBOSE,
)

_COLOUR: Final = r"(?:[34]8;2;\d+;\d+;\d+|[34]8;5;\d+|[349][0-7]|10[0-7]|[34]9)"
_OWN_SEQUENCES: Final = re.compile(
    rf"""
    \x1b\[ (?: (?:0|1|2|3|4|7|9|2[1-9]|{_COLOUR}) (?: ; (?:0|1|2|3|4|7|9|2[1-9]|{_COLOUR}) )* )? m
    | \x1b\[ (?: \d+ (?: ;\d+ )? )? H
    | \x1b\[ \d* C                                           # to a cell further right
    | \x1b\[ (?: \d+;\d+ )? r | \x1b\[ \d+ [LM]              # scrolling: margins, and lines within them
    | \x1b\[ \? (?:7|25|1000|1003|1004|1006|1015|1016|1049|2004|2026|2048) [hl]
    | \x1b\[ \? (?:2026|2048) \$p
    | \x1b\[ (?: >\d+ | < ) u
    | \x1b\]22;[a-z]*\x07
    | \x1b\[2[23];2t                                         # keep the title, and bring it back
    | \x1b\]2;(?: [^\x00-\x1f\x7f-\x9f]* [ ]·[ ] )? llm-tui\x1b\\  # its own title, with the conversation's
    | \x1b\]9;4;[03];0\x1b\\                                 # progress
    | \x1b\]11;\?\x1b\\                                     # the question for the ground
    | \x1b_Gi=1,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\ | \x1b\[>q | \x1b\[\?1;1;0S | \x1b\[c
                                                             # what it asks with the first picture
    | [\r\n\t]
    """,
    re.VERBOSE,
)
"""What the app writes: styles, positions, scrolling, modes, kitty's keys, pointer shape, title, progress."""


def foreign_sequences(output: bytes, also: Collection[str] = ()) -> list[str]:
    """The control sequences and characters in a program's output that are not among the app's own.

    Args:
        output: All that the program wrote.
        also: Further sequences that are expected.
    """
    found = sequences_in(output)
    return [sequence for sequence in found if not (_OWN_SEQUENCES.fullmatch(sequence) or sequence in also)]


def sequences_in(output: bytes) -> Iterator[str]:
    """The control sequences and characters in a program's output, in order.

    An escape that begins no sequence, and a sequence that does not end, count by themselves.
    """
    for found in _TOKEN.finditer(output.decode("utf-8", "surrogateescape")):
        yield found.group()
