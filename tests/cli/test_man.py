"""The manual page: all that --help says, in words that troff takes."""

import re
import subprocess
from collections.abc import Iterator
from inspect import cleandoc

import click
import pytest
from click.testing import CliRunner

from conductor_tui.cli import main
from conductor_tui.cli.man_page import manual
from tests.servers.daemon import binary


def below(context: click.Context) -> Iterator[click.Context]:
    yield context
    if isinstance(context.command, click.Group):
        for name in context.command.list_commands(context):
            command = context.command.get_command(context, name)
            assert command is not None
            yield from below(click.Context(command, info_name=name, parent=context))


COMMANDS = list(below(click.Context(main, info_name="conductor-tui")))

ASK = (
    *("ack", "alerts", "beat", "check", "completion", "confirm", "events", "man"),
    *("pause", "release", "reset", "resume", "serve", "silence", "status", "trip"),
)


@pytest.fixture(scope="module")
def page() -> str:
    return CliRunner().invoke(main, ["man"], prog_name="conductor-tui").stdout


@pytest.fixture(scope="module")
def read(page: str) -> str:
    """Return the page as a person reads it."""
    return rendered(page)


def rendered(page: str) -> str:
    done = subprocess.run(
        [binary("groff"), "-man", "-ww", "-Tascii", "-P-c", "-rLL=200n"],
        input=page.encode(),
        capture_output=True,
        check=True,
    )
    assert done.stderr == b""
    return re.sub(".\b", "", done.stdout.decode())  # bold is struck twice


@pytest.mark.parametrize("context", COMMANDS, ids=lambda one: one.command_path)
def test_every_command_is_in_it_with_its_options(
    context: click.Context, page: str
) -> None:
    assert f".B {context.command_path}".replace("-", r"\-") in page
    for parameter in context.command.params:
        for option in parameter.opts if isinstance(parameter, click.Option) else ():
            assert option.replace("-", r"\-") in page


@pytest.mark.parametrize("name", ASK)
def test_commands_say_their_exit_status(name: str) -> None:
    context = click.Context(main, info_name="conductor-tui")
    command = main.get_command(context, name)
    assert command is not None
    assert "\b\nExit status: 0" in cleandoc(command.help or "")


def test_troff_has_nothing_to_say_against_it(read: str) -> None:
    for heading in ("NAME", "SYNOPSIS", "EXIT STATUS", "ENVIRONMENT", "FILES"):
        assert f"\n{heading}\n" in read
    assert 'conductor-tui trip discord --reason "rate limited" --for 10m' in read


def test_no_word_of_a_help_becomes_a_request() -> None:
    text = ".so /etc/passwd\n\n\b\n.exit 'a' \\fB \"b\" ~^`\n  'tis"

    @click.command(help=text)
    @click.option("--x", help=".sy id")
    def odd() -> None:
        pass

    found = manual(odd, "odd", "1")
    assert not any(line.startswith((".so", ".exit", ".sy", "'")) for line in found)
    read = rendered(found)
    for words in (".so /etc/passwd", ".exit 'a' \\fB \"b\" ~^`", "  'tis", ".sy id"):
        assert words in read
