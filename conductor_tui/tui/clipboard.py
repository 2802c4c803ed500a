"""Text for the operator's clipboard, over ssh too: OSC 52, which the terminal obeys.

Nothing tells whether it did, so nobody is told that it did. Inside tmux the sequence
goes out twice: bare, which tmux takes with `set-clipboard on`, and wrapped, which it
hands on with `allow-passthrough on`; either does the same thing. GNU screen hands on
only short pieces. A terminal that is known to have no clipboard gets a file instead.
"""

import os
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from conductor_tui.domain.text import visible

LIMIT = 74_994  # bytes: in base64, with what stands around them, 100,000
_PIECE = 700  # what GNU screen takes in one device control string is 768
_LINE = 2000
_WITHOUT = ("linux", "vt", "dumb", "cons")


@dataclass(frozen=True, slots=True)
class Copy:
    """A text to take away; `what` says in words what it is: "3 lines"."""

    text: str
    what: str


def put(
    copy: Copy, write: Callable[[str], object], environ: Mapping[str, str] = os.environ
) -> str:
    """Hand `copy` to the terminal and return the sentence that says so."""
    if not copy.text:
        return "there is nothing to copy here"
    text, is_cut = cut(
        "\n".join(visible(line, _LINE) for line in copy.text.split("\n"))
    )
    what = f"{copy.what}, cut at {LIMIT:,} bytes" if is_cut else copy.what
    if environ.get("TERM", "").startswith(_WITHOUT) and not is_wrapped(environ):
        return _kept(text, what)
    write(sequence(text, environ))
    return f"copied {what} (if your terminal allows OSC 52)"


def cut(text: str) -> tuple[str, bool]:
    """Return as many whole lines as fit into LIMIT, and whether any were left out."""
    data = text.encode("utf-8", "replace")
    if len(data) <= LIMIT:
        return text, False
    head = data[:LIMIT].decode("utf-8", "ignore")
    lines, newline, _ = head.rpartition("\n")
    return (lines if newline else head), True


def sequence(text: str, environ: Mapping[str, str]) -> str:
    """Return what makes the terminal, through a multiplexer too, take `text`."""
    coded = b64encode(text.encode("utf-8", "replace")).decode("ascii")
    bare = f"\x1b]52;c;{coded}\a"
    if _is_tmux(environ):
        doubled = bare.replace("\x1b", "\x1b\x1b")
        return f"{bare}\x1bPtmux;{doubled}\x1b\\"
    if environ.get("STY"):
        pieces = [bare[at : at + _PIECE] for at in range(0, len(bare), _PIECE)]
        return "".join([f"\x1bP{piece}\x1b\\" for piece in pieces])
    return bare


def is_wrapped(environ: Mapping[str, str]) -> bool:
    """True inside a multiplexer, whose terminal we cannot know."""
    return _is_tmux(environ) or bool(environ.get("STY"))


def _is_tmux(environ: Mapping[str, str]) -> bool:
    """TMUX does not cross an ssh, but the name of its terminal does."""
    return bool(environ.get("TMUX")) or environ.get("TERM", "").startswith("tmux")


def _kept(text: str, what: str) -> str:
    """Put the text into a new file that only its owner may read."""
    import tempfile  # rarely needed, and 5 ms of the start

    try:
        fd, name = tempfile.mkstemp(prefix="conductor-tui-copy-", suffix=".txt")
        with os.fdopen(fd, "w", encoding="utf-8", errors="replace") as file:
            file.write(f"{text}\n")
    except OSError as error:
        return f"this terminal has no clipboard, and no file can be made: {error}"
    return f"this terminal has no clipboard: {what} in {Path(name)}"
