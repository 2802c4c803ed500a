"""Command line: parse, wire, run. The only place that knows every part."""

import click


@click.group()
def main() -> None:
    """The terminal control room for a small host and what runs on it."""
