"""`conductor-tui init`: write what listens on this machine as a conductor.toml."""

import os
import tempfile
from collections import Counter
from contextlib import suppress
from pathlib import Path
from shlex import quote

import click

from conductor_tui.domain.errors import ConductorError, SettingsError
from conductor_tui.domain.text import visible
from conductor_tui.ports import Listeners

_DEFAULT = "conductor.toml"
_MODE = 0o644  # no secrets stand in it; root's own checks want nobody else to write it


@click.command()
@click.option(
    "--output",
    metavar="PATH",
    help=f"The file to write.  [default: ./{_DEFAULT}]",
)
@click.option("--force", is_flag=True, help="Replace the file if it is there.")
@click.option("--stdout", is_flag=True, help="Print it instead of writing a file.")
@click.pass_context
def init(context: click.Context, output: str | None, force: bool, stdout: bool) -> None:
    """Look at this machine and write a conductor.toml.

    Each TCP service that listens here becomes a platform, with the probe of its
    protocol where its process or port tells what it is; to all others nothing is
    ever sent. As an ordinary user the processes of other users cannot be seen: run it
    as root to have them named.

    \b
    Examples:
      conductor-tui init                        write ./conductor.toml
      conductor-tui init --output /etc/conductor-tui/conductor.toml
      conductor-tui init --stdout               only show it

    Exit status: 0, 64 when the file may not or cannot be written there.
    """
    if context.find_root().params.get("config") is not None:
        raise click.UsageError(
            "--config names a file to read: name the one to write with --output"
        )
    if stdout and (output is not None or force):
        raise click.UsageError("--stdout writes no file: leave --output and --force")
    path = Path(_DEFAULT if output is None else output)
    if not stdout:
        _refuse(path, force=force)
    from conductor_tui.adapters.discovery.listeners import ListenerDiscovery
    from conductor_tui.cli.init_file import init_text

    found = ListenerDiscovery().look()
    text = init_text(found).encode()
    if stdout:
        click.echo(text, nl=False)  # TOML is UTF-8 whatever the terminal is
        return
    _write(path, text)
    click.echo("\n".join([*_report(path, found), *_next_step(path)]))


def _refuse(path: Path, *, force: bool) -> None:
    """Raise click.UsageError where the file should not be written, or cannot be."""
    name = _shown(path)
    if path.is_dir():
        raise click.UsageError(
            f"{name} is a directory: name the file in it, such as "
            f"{_shown(path / _DEFAULT)}"
        )
    if os.path.lexists(path) and not force:
        raise click.UsageError(
            f"{name} is there already: --force replaces it, --output PATH writes "
            "another file, --stdout only shows what would be written"
        )
    try:
        parent = _real(path).parent
    except FileNotFoundError:
        raise click.UsageError(
            "the directory you are in was removed: change to another one"
        ) from None
    if not parent.is_dir():
        raise click.UsageError(
            f"{name} cannot be written: there is no directory {_shown(parent)}: "
            f"create it with `mkdir -p {visible(quote(str(parent)))}`"
        )


def _write(path: Path, text: bytes) -> None:
    """Write all of the file or nothing: another process never sees half of it.

    Raises click.UsageError where we may not, ConductorError where the system fails.
    """
    try:
        _replace(_real(path), text)
    except PermissionError as error:
        raise click.UsageError(
            f"you may not write {_shown(path)}: choose another place with --output, or "
            "run it as a user who may"
        ) from error
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise ConductorError(
            f"{_shown(path)} cannot be written: {visible(why)}"
        ) from error


def _replace(path: Path, text: bytes) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{_DEFAULT}.")
    try:
        with open(handle, "wb") as file:
            file.write(text)
            file.flush()
            os.fchmod(handle, _MODE)
            os.fsync(handle)
        os.replace(temporary, path)
    except BaseException:  # ctrl+c too leaves nothing behind
        with suppress(OSError):
            os.unlink(temporary)
        raise


def _real(path: Path) -> Path:
    """Return where a symbolic link leads: the link itself is to stay one."""
    return Path(os.path.realpath(path))


def _report(path: Path, found: Listeners) -> list[str]:
    kinds = Counter(platform.spec.probe for platform in found.platforms)
    count = len(found.platforms)
    shown = ", ".join(f"{number} {kind}" for kind, number in kinds.most_common())
    words = f"{count} platform{'s' if count != 1 else ''}"
    lines = [f"wrote {_shown(path)}: {words}{f' ({shown})' if shown else ''}"]
    if not found.complete:
        lines.append(
            "Some processes could not be seen and are named by their port. Where they "
            "belong to other users, `init` as root knows more."
        )
    return lines


def _next_step(path: Path) -> list[str]:
    """Return what to type now; or why root will not obey a file that is there: others
    could change it.
    """
    from conductor_tui.adapters.settings.source import read_trusted

    try:
        read_trusted(path, euid=os.geteuid())
    except SettingsError as error:
        return ["As root, conductor-tui will not use it there:", *error.problems]
    option = "" if path == Path(_DEFAULT) else f" --config {visible(quote(str(path)))}"
    return [f"Next: conductor-tui{option}"]


def _shown(path: Path) -> str:
    return visible(str(path), 200)
