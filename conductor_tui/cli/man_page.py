r"""Any click command as a manual page in roff, see man(7) and groff_man(7).

A paragraph of a docstring that begins with \b, as in --help, keeps its lines. One that
begins with "Exit status:" or "Examples:" gets a heading of its own.
"""

import re
from collections.abc import Iterator
from inspect import cleandoc
from textwrap import dedent

import click

_HEADED = re.compile(r"(Exit status|Examples?):\s*", re.IGNORECASE)
_BREAKS = "\b"

FILES = (
    ("./conductor.toml", "The settings, where nothing else is named: see --config."),
    ("$XDG_CONFIG_HOME/conductor-tui/conductor.toml", "Those of this user."),
    ("/etc/conductor-tui/conductor.toml", "Those of this machine."),
    (
        "$XDG_CONFIG_HOME/conductor-tui/plugins",
        "Plug-ins of a single file, unless there is a folder plugins beside "
        "conductor.toml, or [plugins] folder names another.",
    ),
    (
        "$XDG_RUNTIME_DIR/conductor-tui/conductor.sock",
        "Where a conductor of this user answers; /run/conductor-tui/conductor.sock for "
        "root without that variable.",
    ),
    (
        "$XDG_STATE_HOME/conductor-tui/journal.db",
        "What must survive a crash, unless [journal] path names another place. Without "
        "that variable: ~/.local/state, for root /var/lib.",
    ),
)
ENVIRONMENT = (
    ("CONDUCTOR_CONFIG", "The conductor.toml to use, before all usual places."),
    ("CONDUCTOR_TUI_TOKEN", "The token for a conductor that is asked over TCP."),
    ("NO_COLOR", "Draw the dashboard without colour."),
    ("XDG_CONFIG_HOME, XDG_RUNTIME_DIR, XDG_STATE_HOME", "Where the files above lie."),
    ("SUDO_USER", "Who is named beside root as having given a command."),
)
EXIT_STATUS = (
    ("0", "Done; of status, check and alerts: all well."),
    ("1, 2, 3", "Degraded, failed, unknown, as Nagios has them."),
    ("64", "Wrong usage, or no such name."),
    ("67", "No agent is called so."),
    ("69", "Nobody answers, or it was refused."),
    ("70", "A fault of conductor-tui itself, or its engine stopped."),
    ("74", "A file or stream cannot be read or written."),
    ("77", "Not permitted: no token, an unknown one, or one without that right."),
    ("78", "conductor.toml cannot be used."),
    ("130, 141", "Ended by Ctrl-C; the reader of the output has left."),
)


def manual(root: click.Command, name: str, version: str) -> str:
    """Return the page in section 1; every command below `root` is part of it."""
    context = click.Context(root, info_name=name, **root.context_settings)
    title, *rest = _paragraphs(root.help or "")
    lines = [
        f'.TH {_text(name.upper())} 1 "" "{_text(name)} {_text(version)}"',
        ".SH NAME",
        f"{_text(name)} \\- {_text(_joined(title).rstrip('.').lower())}",
        ".SH SYNOPSIS",
        *_synopsis(context),
        ".SH DESCRIPTION",
        *_described(rest),
        ".SH OPTIONS",
        *_options(context),
        ".SH COMMANDS",
    ]
    for path in _below(context):
        lines += _command(path)
    lines += [".SH EXIT STATUS", *_pairs(EXIT_STATUS)]
    lines += [".SH ENVIRONMENT", *_pairs(ENVIRONMENT)]
    lines += [".SH FILES", *_pairs(FILES)]
    return "\n".join(lines) + "\n"


def _below(context: click.Context) -> Iterator[click.Context]:
    """Yield every command below it, each before those below itself."""
    group = context.command
    if not isinstance(group, click.Group):
        return
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is not None and not command.hidden:
            inner = click.Context(command, info_name=name, parent=context)
            yield inner
            yield from _below(inner)


def _command(context: click.Context) -> list[str]:
    shown = context.command_path.partition(" ")[2]
    return [
        f".SS {_text(shown)}",
        *_synopsis(context),
        ".PP",
        *_described(_paragraphs(context.command.help or "")),
        *_options(context),
    ]


def _synopsis(context: click.Context) -> list[str]:
    pieces = context.command.collect_usage_pieces(context)
    return [f".B {_text(context.command_path)}", _text(" ".join(pieces))]


def _options(context: click.Context) -> list[str]:
    lines: list[str] = []
    for parameter in context.command.get_params(context):
        record = parameter.get_help_record(context)
        if record is not None and record[1]:  # an argument stands in the synopsis
            written, words = record
            lines += [".TP", f".B {_text(written)}"]
            lines += _described(_paragraphs(words), between=".IP")
    return lines


def _pairs(pairs: tuple[tuple[str, str], ...]) -> list[str]:
    lines = []
    for name, words in pairs:
        lines += [".TP", f".B {_text(name)}", _text(words)]
    return lines


def _paragraphs(text: str) -> list[str]:
    return [one for one in re.split(r"\n\s*\n", cleandoc(text)) if one.strip()]


def _described(paragraphs: list[str], between: str = ".PP") -> list[str]:
    lines: list[str] = []
    for number, paragraph in enumerate(paragraphs):
        words = paragraph.replace(_BREAKS, "").strip("\n")
        headed = _HEADED.match(words)
        if headed:
            words = words[headed.end() :]
            lines += [".PP", f".I {headed[1].capitalize()}:", ".br"]
        elif number:
            lines.append(between)
        is_kept = paragraph.startswith(_BREAKS)
        if is_kept and not (headed and headed[1].startswith("Exit")):
            kept = dedent(f"  {words}" if headed else words).splitlines()
            lines += [".RS 2", ".nf", *map(_text, kept), ".fi", ".RE"]
        else:
            lines.append(_text(_joined(words)))
    return lines


def _joined(text: str) -> str:
    return " ".join(text.replace(_BREAKS, "").split())


def _text(words: str) -> str:
    """Return a line as roff has to be given it: nothing in it is a request."""
    shown = words.replace("\\", "\\e").replace("-", "\\-")
    shown = shown.replace("'", "\\(aq").replace("`", "\\(ga").replace("^", "\\(ha")
    shown = shown.replace("~", "\\(ti").replace('"', "\\(dq")
    return f"\\&{shown}" if shown.startswith((".", " ")) else shown
