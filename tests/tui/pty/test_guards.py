"""Whatever ends the dashboard: the terminal is as before, and the code says why."""

import os
import re
import select
import shlex
import shutil
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import pytest

from tests.tui.pty.dashboard import RUNNING
from tests.tui.pty.terminal import DEADLINE_S, Terminal

DASHBOARD = [sys.executable, "-m", "tests.tui.pty.dashboard"]
LEFT = (
    b"\x1b[?1049l",  # the alternate screen
    b"\x1b[?1000l",  # the mouse
    b"\x1b[?1003l",
    b"\x1b[?2004l",  # bracketed paste
    b"\x1b[<u",  # the kitty keyboard
    b"\x1b[?25h",  # the cursor is back
)

SWEPT = (  # at the very end: an answer of the terminal may switch it on late
    b"\x1b[?2048l",  # reports of its size
    b"\x1b[?1016l",  # the mouse in pixels
)


@contextmanager
def dashboard(
    *words: str, ignore: Sequence[int] = (), env: Mapping[str, str] | None = None
) -> Iterator[Terminal]:
    with Terminal([*DASHBOARD, *words], ignore=ignore, env=env) as terminal:
        terminal.until_shown(RUNNING)
        yield terminal


def assert_restored(terminal: Terminal, since: int) -> None:
    missing = [code for code in LEFT + SWEPT if terminal.output.find(code, since) < 0]
    assert missing == []
    assert terminal.modes == terminal.before


@pytest.mark.parametrize(
    ("number", "code"),
    [
        pytest.param(signal.SIGTERM, 143, id="SIGTERM"),
        pytest.param(signal.SIGHUP, 129, id="SIGHUP"),
        pytest.param(signal.SIGINT, 130, id="SIGINT"),
    ],
)
def test_a_signal_restores_the_terminal_and_drains_the_engine(
    number: int, code: int
) -> None:
    with dashboard() as terminal:
        since = len(terminal.output)
        terminal.program.send_signal(number)
        assert terminal.until_ended() == code
        assert_restored(terminal, since)
        assert b"engine drained" in terminal.output


def test_q_ends_with_0() -> None:
    with dashboard() as terminal:
        since = len(terminal.output)
        terminal.send("q")
        assert terminal.until_ended() == 0
        assert_restored(terminal, since)


def test_one_ctrl_c_only_says_how_to_quit() -> None:
    with dashboard() as terminal:
        terminal.send("\x03")
        terminal.until_shown("press q to quit")
        terminal.send("\x03")
        assert terminal.until_ended() == 0


def test_a_signal_reaches_a_dashboard_whose_loop_is_stuck() -> None:
    with dashboard("stuck") as terminal:
        terminal.send("x")
        terminal.until_written(b"stuck now")
        since = len(terminal.output)
        terminal.program.send_signal(signal.SIGTERM)
        assert terminal.until_ended() == 143
        assert_restored(terminal, since)


def test_a_terminal_that_goes_away_ends_it_with_129() -> None:
    with dashboard() as terminal:
        terminal.hang_up()
        assert terminal.until_ended() == 129


def test_under_nohup_a_terminal_that_goes_away_ends_it_too() -> None:
    with dashboard(ignore=(signal.SIGHUP,)) as terminal:
        terminal.hang_up()
        assert terminal.until_ended() == 129


def test_an_ignored_hangup_stays_ignored_while_the_terminal_is_there() -> None:
    with dashboard(ignore=(signal.SIGHUP,)) as terminal:
        terminal.program.send_signal(signal.SIGHUP)
        terminal.send("?")
        terminal.until_shown("Act on a platform")
        terminal.send("?")
        terminal.until_shown("q quit")
        terminal.send("q")
        assert terminal.until_ended() == 0


def test_an_engine_that_fails_ends_it_with_70_and_one_sentence() -> None:
    with Terminal([*DASHBOARD, "engine-fails"]) as terminal:
        assert terminal.until_ended() == 70
        said = terminal.output[terminal.output.rfind(b"\x1b[?1016l") :].decode()
        assert said.removeprefix("\x1b[?1016l").strip() == (
            "conductor-tui: the engine stopped: the disk is gone"
        )
        assert terminal.modes == terminal.before


def test_an_engine_that_hangs_is_left_behind_in_words() -> None:
    with dashboard("engine-hangs") as terminal:
        terminal.send("q")
        assert terminal.until_ended() == 0
        assert b"the engine did not stop within 4 s" in terminal.output


def test_a_stalled_terminal_stops_neither_the_looks_nor_a_signal() -> None:
    looks, told = os.pipe()
    # A shell around it: when the first process of a session ends, Linux throws away
    # what its terminal has not read yet.
    argv = ["sh", "-c", shlex.join([*DASHBOARD, "flooded"]) + "; exit $?"]
    with Terminal(argv, pass_fd=told) as terminal:
        os.close(told)
        terminal.until_shown("q quit")
        for _ in range(600):  # nobody reads the terminal meanwhile: it fills up
            assert select.select([looks], [], [], DEADLINE_S)[0], "the loop is stuck"
            os.read(looks, 1)
        for child in _children(terminal.program.pid):
            os.kill(child, signal.SIGTERM)
        assert terminal.until_ended(stalled=True) == 143
        assert_restored(terminal, 0)  # what it shows when it is read again
    os.close(looks)


def test_the_first_words_are_shown_as_they_come() -> None:
    with Terminal([*DASHBOARD, "seldom"]) as terminal:
        terminal.until_shown(RUNNING)


def test_fifty_resizes_in_a_row_end_in_a_whole_picture() -> None:
    with dashboard() as terminal:
        for step in range(50):
            terminal.resize(40 + step, 12 + step % 20)
        terminal.resize(100, 30)
        terminal.until(
            lambda: "q quit" in terminal.text.splitlines()[-1], "keys in the last line"
        )
        terminal.send("q")
        assert terminal.until_ended() == 0


@pytest.fixture
def shell() -> Iterator[Terminal]:
    """An interactive shell with job control, as on the other side of ssh."""
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("no bash to suspend to")
    argv = [bash, "--norc", "--noprofile", "-i"]
    with Terminal(argv, env={"PS1": "ready> "}) as terminal:
        terminal.until_shown("ready>")
        yield terminal
        for child in _children(terminal.program.pid):
            os.kill(child, signal.SIGKILL)


def test_ctrl_z_gives_the_shell_back_and_fg_paints_everything_again(
    shell: Terminal,
) -> None:
    shell.send(" ".join(DASHBOARD) + "\n")
    shell.until_shown("q quit")
    since = len(shell.output)
    shell.send("\x1a")
    shell.until_written(b"Stopped", since)
    assert all(shell.output.find(code, since) >= 0 for code in LEFT)
    since = len(shell.output)
    shell.send("fg\n")
    shell.until_written(b"\x1b[?1049h", since)
    shell.until_shown("q quit")
    shell.send("q")
    shell.until_written(b"ready>", since)


def test_a_stop_and_a_continue_from_outside_do_not_disturb_it() -> None:
    with dashboard() as terminal:
        terminal.program.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, terminal.program.pid, os.WSTOPPED | os.WNOWAIT)
        terminal.program.send_signal(signal.SIGCONT)
        terminal.send("?")
        terminal.until_shown("Act on a platform")
        terminal.send("?")
        terminal.until_shown("q quit")
        since = len(terminal.output)
        terminal.send("q")
        assert terminal.until_ended() == 0
        assert_restored(terminal, since)


def test_no_color_paints_no_color_at_all() -> None:
    with dashboard(env={"NO_COLOR": "1"}) as terminal:
        colours = re.findall(rb"\x1b\[[0-9;]*\b[34]8;[25];[0-9;]*m", terminal.output)
        assert colours == []
        terminal.send("q")
        assert terminal.until_ended() == 0


def test_outside_utf_8_only_ascii_is_written() -> None:
    with dashboard(env={"LC_ALL": "C", "PYTHONUTF8": "0"}) as terminal:
        terminal.send("t")
        terminal.until_shown("needs a reason first . Esc cancels")
        terminal.send("\x1b")
        terminal.until(lambda: "cancels" not in terminal.text, "no dialog")
        terminal.send("q")
        assert terminal.until_ended() == 0
        assert terminal.output.isascii()


def test_a_terminal_of_16_colours_gets_its_own_16() -> None:
    with dashboard(env={"TERM": "linux", "COLORTERM": ""}) as terminal:
        assert not re.search(rb"\x1b\[[0-9;]*\b[34]8;[25];", terminal.output)
        assert re.search(rb"\x1b\[[0-9;]*\b36;49m", terminal.output)  # the accent
        terminal.send("q")
        assert terminal.until_ended() == 0


def test_a_dumb_terminal_is_told_what_to_do_instead() -> None:
    with Terminal(DASHBOARD, env={"TERM": "dumb"}) as terminal:
        assert terminal.until_ended() == 64
        assert b"conductor-tui status --once" in terminal.output
        assert b"\x1b" not in terminal.output


def test_the_first_process_of_a_session_says_that_there_is_no_shell() -> None:
    with dashboard() as terminal:
        terminal.send("\x1a")
        terminal.until_shown("there is no shell here")
        terminal.send("q")
        assert terminal.until_ended() == 0


def _children(pid: int) -> list[int]:
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as children:
        return [int(child) for child in children.read().split()]
