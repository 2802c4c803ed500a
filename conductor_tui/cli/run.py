"""`conductor-tui run`: heartbeats around any command."""

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Sequence
from pathlib import Path

import click

from conductor_tui.adapters.ingest.sender import Outgoing, send
from conductor_tui.cli.beat import agent_names, checked_name, read_token, way_options
from conductor_tui.domain.errors import ConductorError
from conductor_tui.domain.heartbeat import BeatKind
from conductor_tui.domain.secret import Secret

NOT_FOUND, NOT_EXECUTABLE, BY_SIGNAL = 127, 126, 128
_PASSED_ON = (
    *(signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1),
    *(signal.SIGUSR2, signal.SIGALRM, signal.SIGCONT, signal.SIGWINCH),
)
_WAITED_FOR = (*_PASSED_ON, signal.SIGTSTP, signal.SIGCHLD)
_BY_KERNEL = 0x80  # si_code of what a terminal sends: the whole group gets it


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("agent", shell_complete=agent_names)
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
@way_options
def run(
    agent: str,
    command: Sequence[str],
    via: str,
    token_file: Path | None,
) -> int:
    """Run a command, and tell of its start, its exit code and how long it took.

    Its input, output, signals and exit code are passed through; 128 + n when signal n
    ended it, 127 when it cannot be found, 126 when it cannot be run. A heartbeat that
    cannot be sent is a line on stderr, and stops nothing.

    \b
    Examples:
      conductor-tui run backup -- /usr/local/bin/backup --full
      0 3 * * *  conductor-tui run nightly -- make -C /srv/reports    (in a crontab)
    """
    teller = _Teller(checked_name(agent), via, read_token(token_file))
    teller.begin()
    words = ""
    try:
        code = _run(command)
    except OSError as error:
        is_missing = isinstance(error, FileNotFoundError)
        code = NOT_FOUND if is_missing else NOT_EXECUTABLE
        words = f"{command[0]}: {(error.strerror or str(error)).lower()}"
        click.echo(f"conductor-tui: {words}", err=True)
    teller.end(code, words or _signal_words(code))
    return code


class _Teller:
    """Tells of one run. What cannot be told is said on stderr."""

    def __init__(self, agent: str, via: str, token: Secret | None) -> None:
        self._agent, self._via, self._token = agent, via, token
        self._run = uuid.uuid4().hex[:8]
        self._began = time.monotonic()

    def begin(self) -> None:
        self._tell(Outgoing(agent=self._agent, kind=BeatKind.START, run=self._run))

    def end(self, code: int, words: str) -> None:
        self._tell(
            Outgoing(
                agent=self._agent,
                kind=BeatKind.FAIL if code else BeatKind.BEAT,
                run=self._run,
                exit_code=code,
                duration_s=round(time.monotonic() - self._began, 3),
                words=words,
            )
        )

    def _tell(self, beat: Outgoing) -> None:
        try:
            send(beat, self._via, self._token)
        except ValueError as error:
            raise click.UsageError(str(error)) from error
        except ConductorError as error:
            click.echo(f"conductor-tui: heartbeat not sent: {error}", err=True)


def _run(command: Sequence[str]) -> int:
    """Run it in our own process group, and return its exit code as a shell would."""
    sys.stdout.flush()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _WAITED_FOR)
    try:
        child = subprocess.Popen(
            command,
            close_fds=False,
            preexec_fn=lambda: signal.pthread_sigmask(signal.SIG_SETMASK, before),
        )
        while (code := child.poll()) is None:
            _pass_on(signal.sigwaitinfo(_WAITED_FOR), child.pid)
        return code if code >= 0 else BY_SIGNAL - code
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _pass_on(info: signal.struct_siginfo, pid: int) -> None:
    if info.si_signo == signal.SIGCHLD:
        return
    if info.si_code != _BY_KERNEL:  # else the terminal has told the child as well
        os.kill(pid, info.si_signo)
    if info.si_signo == signal.SIGTSTP:
        os.kill(os.getpid(), signal.SIGSTOP)


def _signal_words(code: int) -> str:
    if code <= BY_SIGNAL:
        return ""
    try:
        return f"ended by {signal.Signals(code - BY_SIGNAL).name}"
    except ValueError:  # a command that really exits with such a number
        return ""
