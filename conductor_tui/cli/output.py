"""What commands print: JSON for programs, aligned columns for people."""

import io
import json
import sys
from collections.abc import Sequence

import click


def keep_what_is_not_taken_at_once() -> None:
    """Give stdout and stderr a buffer where PYTHONUNBUFFERED took it, as in most
    container images: without one, what a full pipe did not take at once is lost.
    """
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        raw = getattr(stream, "buffer", None)
        is_own = stream is getattr(sys, f"__{name}__")  # not a test's, which ends first
        if is_own and isinstance(raw, io.RawIOBase):
            buffer = io.BufferedWriter(raw)
            whole = io.TextIOWrapper(
                buffer, stream.encoding, stream.errors, line_buffering=True
            )
            setattr(sys, name, whole)


def echo_json(document: object) -> None:
    """Print it in UTF-8, whatever the terminal is: JSON has no other encoding."""
    text = json.dumps(document, ensure_ascii=False, indent=2)
    click.echo(text.encode())


def echo_json_line(document: object) -> None:
    """Print it on one line, at once: one of many (NDJSON)."""
    click.echo(json.dumps(document, ensure_ascii=False).encode())
    sys.stdout.flush()


def aligned(names: Sequence[str]) -> list[str]:
    """Return the names, all filled up to the width of the widest on a terminal."""
    from rich.cells import cell_len

    widths = [cell_len(name) for name in names]
    widest = max(widths, default=0)
    return [
        name + " " * (widest - width) for name, width in zip(names, widths, strict=True)
    ]
