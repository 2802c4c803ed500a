"""`alerts`, `ack` and `silence`, asked of a conductor that really listens."""

import json
import os
import pwd
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from conductor_tui.cli import main
from conductor_tui.cli.beat import TOKEN_VARIABLE
from conductor_tui.cli.exits import ExitCode
from conductor_tui.domain.ids import AlertKey
from tests.cli.conductor_beside import Beside

API = AlertKey("platform:api")
ME = pwd.getpwuid(os.getuid()).pw_name


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The runtime folder, with nobody in it; no journal, and no settings."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv(TOKEN_VARIABLE, raising=False)
    monkeypatch.delenv("SUDO_USER", raising=False)
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "conductor-tui"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture
def beside(folder: Path) -> Iterator[Beside]:
    with Beside(folder / "conductor.sock").running() as beside:
        yield beside


def run(*words: str) -> Result:
    return CliRunner().invoke(main, words)


def test_what_is_open_is_a_table_and_an_exit_code(beside: Beside) -> None:
    done = run("alerts")
    assert done.exit_code == ExitCode.FAILED
    [row] = [line for line in done.stdout.splitlines() if str(API) in line]
    assert row.split()[:3] == ["CRITICAL", "platform:api", "FAILED"]
    assert "told" in row
    assert row.endswith("connection refused")


def test_as_json_it_is_one_object(beside: Beside) -> None:
    document = json.loads(run("alerts", "--json").stdout)
    assert document["live"] is True
    assert document["host"] == "web-7"
    assert API in [one["key"] for one in document["open"]]
    assert document["channels"][0]["name"] == "ops"


def test_with_all_everything_is_shown(beside: Beside) -> None:
    run("silence", "api", "--for", "1h", "--why", "moving")
    lines = run("alerts", "--all").stdout.splitlines()
    assert [line for line in lines if line.endswith(":")] == [
        "Silences:",
        "Channels:",
        "Delivered:",
    ]
    assert any(line.endswith(f"by {ME}: moving") for line in lines)


def test_an_alert_is_acknowledged_by_its_name(beside: Beside) -> None:
    done = run("ack", "api", "--why", "on it", "--sticky")
    assert done.exit_code == 0, done.output
    assert "platform:api: acknowledged until it is well" in done.stdout
    ack = beside.latest().alerts.open[API].ack
    assert ack is not None
    assert (ack.by, ack.why, ack.sticky) == (ME, "on it", True)
    assert f"acked by {ME} until it is well: on it" in run("alerts").stdout


def test_an_ack_by_key_is_taken_back(beside: Beside) -> None:
    assert run("ack", str(API)).exit_code == 0
    done = run("ack", str(API), "--undo")
    assert done.stdout == "platform:api: acknowledged no more: reminders go on\n"
    assert beside.latest().alerts.open[API].ack is None


def test_a_refusal_is_said_and_is_no_success(beside: Beside) -> None:
    done = run("ack", str(API), "--undo")
    assert done.exit_code == ExitCode.UNAVAILABLE
    assert done.stderr == ("conductor-tui: platform:api: nobody has acknowledged it\n")


def test_one_name_that_is_none_stops_all_of_them(beside: Beside) -> None:
    done = run("ack", "api", "apii")
    assert done.exit_code == ExitCode.USAGE
    assert "no alert of 'apii' is open: did you mean api?" in done.stderr
    assert beside.latest().alerts.open[API].ack is None


def test_who_became_root_by_sudo_is_named(
    beside: Beside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUDO_USER", "ann")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert run("ack", str(API)).exit_code == 0
    ack = beside.latest().alerts.open[API].ack
    assert ack is not None
    assert ack.by == f"ann (as {ME})"


def test_a_silence_begins_is_listed_and_ends(beside: Beside) -> None:
    begun = run("silence", "--group", "web", "--for", "1h30m", "--why", "moving")
    assert begun.exit_code == 0, begun.output
    [number] = beside.latest().alerts.silences
    assert begun.stdout == f"silence {number}, for 1h30m\n"
    listed = run("silence", "--list").stdout
    assert listed.startswith(f"{number}  group web  ")
    assert listed.endswith(f"left  by {ME}: moving\n")
    assert run("silence", "--end", number).stdout == f"silence {number} is over\n"
    assert run("silence", "--list").stdout == "no silence is on\n"


def test_silences_are_json_too(beside: Beside) -> None:
    run("silence", "--everything", "--for", "1h", "--why", "moving")
    shown = json.loads(run("silence", "--list", "--json").stdout)
    assert [one["why"] for one in shown["silences"]] == ["moving"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["ack"], "Missing argument 'NAME|KEY...'"),
        (["ack", "api", "--undo", "--why", "x"], "--undo needs no other word"),
        (["silence"], "name what is silenced, or say --list, or --end ID"),
        (["silence", "api", "--list"], "name what is silenced, or say --list"),
        (["silence", "api"], '--for 1h --why "..."'),
        (["silence", "api", "--for", "1h"], '--for 1h --why "..."'),
        (["silence", "--list", "--for", "1h"], '--for 1h --why "..."'),
        (["silence", "--end", "x", "--json"], "--json belongs to --list"),
        (["silence", "--end", "x"], "no silence 'x' is on"),
        (["silence", "api", "--for", "long", "--why", "x"], "is not a duration"),
        (["silence", "apo", "--for", "1h", "--why", "x"], "did you mean api?"),
        (["silence", "--group", "wep", "--for", "1h", "--why", "x"], "mean web?"),
        (["silence", "--tag", "eu", "--for", "1h", "--why", "x"], "no tag is called"),
        (["alerts", "--via", "udp://here:1"], "is no address of a conductor"),
        (["alerts", "--via", "http://[::1"], "Invalid IPv6 URL"),
        (["alerts", "frobnicate"], "No such command 'frobnicate'"),
    ],
)
def test_wrong_usage_is_said(beside: Beside, words: list[str], said: str) -> None:
    done = run(*words)
    assert done.exit_code == ExitCode.USAGE
    assert said in done.stderr
    assert not beside.latest().alerts.silences


@pytest.mark.parametrize(
    "words", [["ack", "api"], ["silence", "--list"], ["silence", "--end", "x"]]
)
def test_that_nobody_listens_is_said_with_the_way_out(
    folder: Path, words: list[str]
) -> None:
    done = run(*words)
    assert done.exit_code == ExitCode.UNAVAILABLE
    assert done.stderr == (
        f"conductor-tui: unix:{folder}/conductor.sock: No such file or directory: is a "
        "conductor-tui of this user running, and does its [listen] allow it?\n"
    )


def test_by_tcp_the_token_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    with Beside("127.0.0.1:0", token="let me in").running() as beside:
        via = ["--via", f"http://{beside.address}"]
        for words in (["alerts"], ["ack", "api"], ["silence", "--list"]):
            done = run(*words, *via)
            assert done.exit_code == ExitCode.NOT_PERMITTED
            assert "conductor-tui token create" in done.stderr
        monkeypatch.setenv(TOKEN_VARIABLE, "let me in")
        assert run("ack", "api", *via).exit_code == 0
        ack = beside.latest().alerts.open[API].ack
    assert ack is not None
    assert ack.origin == "http, 127.0.0.1"


def test_a_conductor_at_an_address_that_is_silent_has_no_journal_here() -> None:
    with Beside("127.0.0.1:0", token="let me in").running() as beside:
        gone = f"http://{beside.address}"
    done = run("alerts", "--via", gone)
    assert done.exit_code == ExitCode.UNKNOWN
    assert "is a conductor-tui of this user running" in done.stderr


def test_without_a_conductor_and_a_journal_nothing_is_known(tmp_path: Path) -> None:
    done = run("alerts")
    assert done.exit_code == ExitCode.UNKNOWN
    assert done.stdout == ""
    assert "no conductor-tui has kept a journal there" in done.stderr
    assert not (tmp_path / "state").exists()


def test_a_journal_that_is_none_is_said(tmp_path: Path) -> None:
    path = tmp_path / "state" / "conductor-tui" / "journal.db"
    path.parent.mkdir(parents=True)
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE songs (name)")
    other.close()
    done = run("alerts")
    assert done.exit_code == ExitCode.UNKNOWN
    assert "a database of another program" in done.stderr


@pytest.mark.parametrize("forbidden", ["textual", "aiohttp", "pydantic", "asyncio"])
def test_a_command_starts_fast(forbidden: str) -> None:
    program = (
        "import sys\nfrom conductor_tui.cli import ack, silence\n"
        f"sys.exit({forbidden!r} in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0
