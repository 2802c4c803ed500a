"""`conductor-tui plugin new`: a working plug-in to begin with."""

import keyword
import os
import re
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from string import Template

import click

from conductor_tui.cli.exits import ExitCode
from conductor_tui.domain.plugin import plugin_name_problem
from conductor_tui.domain.text import visible
from conductor_tui.worker.loading import FILE_CLASS

_PARTS = re.compile(r"[^a-zA-Z0-9]+")


@click.command()
@click.argument("name")
@click.argument("directory", required=False, type=click.Path(path_type=Path))
@click.option("--file", "as_file", is_flag=True, help="One file, for the folder.")
def new(name: str, directory: Path | None, as_file: bool) -> ExitCode:
    """Write a plug-in that works, with a test, to make your own from.

    A package goes into DIRECTORY (default: ./NAME). With --file it is a single NAME.py
    in DIRECTORY (default: here), for the folder of plug-ins: no package is needed.

    \b
    Examples:
      conductor-tui plugin new matrix && pip install ./matrix
      conductor-tui plugin new matrix ~/.config/conductor-tui/plugins --file

    Exit status: 0, 64 for a name that cannot be, or a place that is taken.
    """
    module = _module_of(name)
    words = {
        "name": name,
        "project": f"conductor-plugin-{name.lower().replace('_', '-')}",
        "module": module,
        "class_name": FILE_CLASS if as_file else _class_of(name),
    }
    if as_file:
        place = (directory or Path()) / f"{name}.py"
        _write({place: "plugin.py.in"}, words)
        next_step = f"conductor-tui plugin check {place}"
    else:
        root = directory or Path(name)
        if root.exists() and (not root.is_dir() or any(root.iterdir())):
            raise click.UsageError(f"{_shown(root)} is there already: name another")
        _write(_package(root, module), words)
        next_step = f"pip install {_shown(root)} && conductor-tui plugin check {name}"
    click.echo(f"now: {next_step}", err=True)
    return ExitCode.OK


def _package(root: Path, module: str) -> dict[Path, str]:
    return {
        root / "pyproject.toml": "pyproject.toml.in",
        root / "README.md": "README.md.in",
        root / "src" / module / "__init__.py": "plugin.py.in",
        root / "src" / module / "py.typed": "",
        root / "tests" / f"test_{module}.py": "test_plugin.py.in",
    }


def _write(made: Mapping[Path, str], words: Mapping[str, str]) -> None:
    """Write each file from its template ("": an empty one); none where one is there."""
    for path in made:
        if os.path.lexists(path):
            raise click.UsageError(f"{_shown(path)} is there already: name another")
    templates = files("conductor_tui.assets") / "plugin"
    for path, name in made.items():
        text = (templates / name).read_text("utf-8") if name else ""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(Template(text).substitute(words), "utf-8")
        except OSError as error:
            why = (error.strerror or str(error)).lower()
            raise click.UsageError(f"{_shown(path)}: {why}") from error
        click.echo(_shown(path))


def _module_of(name: str) -> str:
    problem = plugin_name_problem(name)
    if problem:
        raise click.UsageError(f"{visible(name)!r} is no name of a plug-in: {problem}")
    module = _PARTS.sub("_", name.lower())
    if not module.isidentifier() or keyword.iskeyword(module):
        words = f"{visible(name)!r} makes no Python module ({module})"
        raise click.UsageError(f"{words}: begin with a letter, and use no keyword")
    return module


def _class_of(name: str) -> str:
    return "".join(part.capitalize() for part in _PARTS.split(name) if part)


def _shown(path: Path) -> str:
    return visible(str(path), 200)
