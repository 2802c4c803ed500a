"""`conductor-tui assets`: files for systemd, Prometheus, Grafana, logrotate."""

import os
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path

import click

from conductor_tui.cli.asking import did_you_mean
from conductor_tui.cli.exits import ExitCode
from conductor_tui.cli.output import aligned
from conductor_tui.domain.text import visible

ASSETS: Mapping[str, str] = {
    "conductor-tui.service": "a unit for systemd: notify, watchdog, hardened",
    "conductor-tui.logrotate": "for a log that goes into a file",
    "conductor.example.toml": "settings to begin with",
    "prometheus.yml": "a scrape with a token",
    "conductor-tui.rules.yml": "alerts for Prometheus",
    "grafana.json": "a dashboard for Grafana",
}


@click.group(invoke_without_command=True)
@click.pass_context
def assets(context: click.Context) -> ExitCode:
    """List, show or write the files for the programs around conductor-tui.

    \b
    Exit status: 0 done, 64 no such file, or it is there already, 74 it cannot be
    written.

    \b
    Examples:
      conductor-tui assets
      conductor-tui assets show conductor-tui.service
      conductor-tui assets write /etc/prometheus conductor-tui.rules.yml
    """
    if context.invoked_subcommand is None:
        for name, words in zip(aligned(list(ASSETS)), ASSETS.values(), strict=True):
            click.echo(f"{name}  {words}")
    return ExitCode.OK


@assets.command()
@click.argument("name")
def show(name: str) -> ExitCode:
    """Print one file."""
    click.echo(_read(_known(name)), nl=False)
    return ExitCode.OK


@assets.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--force", is_flag=True, help="Also over files that are there.")
def write(folder: Path, names: Sequence[str], force: bool) -> ExitCode:
    """Write files into FOLDER: all of them, or those that are named."""
    wanted = [_known(name) for name in names] or list(ASSETS)
    there = [name for name in wanted if (folder / name).exists()]
    if there and not force:
        words = f"{folder / there[0]} is there already"
        raise click.UsageError(f"{words}: move it away, or say --force")
    folder.mkdir(parents=True, exist_ok=True)
    for name in wanted:
        _write(folder / name, _read(name))
        click.echo(os.fspath(folder / name))
    return ExitCode.OK


def _known(name: str) -> str:
    if name not in ASSETS:
        hint = did_you_mean(name, ASSETS) or f": there are {', '.join(ASSETS)}"
        raise click.UsageError(f"no file is called {visible(name)!r}{hint}")
    return name


def _read(name: str) -> str:
    return (files("conductor_tui.assets") / name).read_text(encoding="utf-8")


def _write(path: Path, text: str) -> None:
    """All of it or nothing."""
    new = path.with_name(f".{path.name}.new")
    new.write_text(text, encoding="utf-8")
    new.replace(path)
