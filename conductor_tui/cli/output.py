"""What commands print: JSON for programs, aligned columns for people."""

import json
from collections.abc import Sequence

import click


def echo_json(document: object) -> None:
    """Print it in UTF-8, whatever the terminal is: JSON has no other encoding."""
    text = json.dumps(document, ensure_ascii=False, indent=2)
    click.echo(text.encode())


def aligned(names: Sequence[str]) -> list[str]:
    """Return the names, all filled up to the width of the widest on a terminal."""
    from rich.cells import cell_len

    widths = [cell_len(name) for name in names]
    widest = max(widths, default=0)
    return [
        name + " " * (widest - width) for name, width in zip(names, widths, strict=True)
    ]
