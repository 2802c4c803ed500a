"""`conductor-tui plugin new`: a working plug-in to begin with."""

import keyword
import os
import re
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from shlex import quote
from string import Template

import click

from conductor_tui.cli.exits import ExitCode
from conductor_tui.domain.plugin import plugin_name_problem
from conductor_tui.domain.text import visible
from conductor_tui.worker.loading import FILE_CLASS

_PARTS = re.compile(r"[^a-z0-9]+")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")  # of TOML


@click.command()
@click.argument("name")
@click.argument("directory", required=False, type=click.Path(path_type=Path))
@click.option("--file", "as_file", is_flag=True, help="One file, for the folder.")
def new(name: str, directory: Path | None, as_file: bool) -> ExitCode:
    """Write a plug-in that works, with a test, to make your own from.

    A package goes into DIRECTORY (default: ./NAME). With --file it is a single NAME.py
    in DIRECTORY (default: here), for the folder of plug-ins: no package is needed.
    Nothing that is there is written over.

    \b
    Exit status: 0 written, 64 for a name that cannot be, or a place that is taken.

    \b
    Examples:
      conductor-tui plugin new matrix && pip install ./matrix
      conductor-tui plugin new matrix ~/.config/conductor-tui/plugins --file
    """
    words = _words(name, as_file=as_file)
    if as_file:
        place = (directory or Path()) / f"{name}.py"
        _write({place: "plugin.py.in"}, words)
        click.echo(f"now: conductor-tui plugin check {_as_typed(place)}", err=True)
        return ExitCode.OK
    root = directory or Path(name)
    if os.path.lexists(root) and (not root.is_dir() or any(root.iterdir())):
        raise click.UsageError(f"{_shown(root)} is there already: name another place")
    _write(_package(root, words["module"]), words)
    check = f"conductor-tui plugin check {name}"
    click.echo(f"now: pip install {_as_typed(root)} && {check}", err=True)
    return ExitCode.OK


def _words(name: str, *, as_file: bool) -> dict[str, str]:
    """Return what the templates are filled with. Raises UsageError.

    Module and project begin with conductor_plugin: a module `redis`, or a project of
    that name, would be in the way of the one that the plug-in is about.
    """
    problem = plugin_name_problem(name)
    parts = [part for part in _PARTS.split(name.lower()) if part]
    if not problem and not parts:
        problem = "a to z and 0 to 9 are needed for the name of its module"
    if problem:
        raise click.UsageError(f"{visible(name)!r} is no name of a plug-in: {problem}")
    class_name = "".join(map(str.capitalize, parts))
    if not class_name.isidentifier() or keyword.iskeyword(class_name):
        class_name = f"Plugin{class_name}"
    return {
        "name": name,
        "key": name if _BARE_KEY.fullmatch(name) else f'"{name}"',
        "project": "-".join(("conductor-plugin", *parts)),
        "module": "_".join(("conductor_plugin", *parts)),
        "class_name": FILE_CLASS if as_file else class_name,
    }


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
            with path.open("x", encoding="utf-8") as file:
                file.write(Template(text).substitute(words))
        except OSError as error:
            why = (error.strerror or str(error)).lower()
            raise click.UsageError(f"{_shown(path)}: {why}") from error
        click.echo(_shown(path))


def _as_typed(path: Path) -> str:
    """Return a path for a shell. Never a bare name: pip would take that for a package
    of an index, and install what a stranger put there.
    """
    written = str(path) if path.is_absolute() else f"./{path}"
    return quote(visible(written, 200))


def _shown(path: Path) -> str:
    return visible(str(path), 200)
