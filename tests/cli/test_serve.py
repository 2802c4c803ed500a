"""The daemon as systemd and its people have it: real processes, real signals."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from conductor_tui.cli.attaching import daemon_here
from conductor_tui.cli.exits import ExitCode
from conductor_tui.cli.options import settings_source
from tests.cli.serving import Serving, daemon

ONE = '[[platform]]\nname = "api"\nprobe = "file"\ntarget = "{here}"\n'


@pytest.fixture
def here() -> Iterator[Serving]:
    with daemon(ONE) as serving:
        yield serving


def lines(here: Serving) -> list[dict[str, object]]:
    found = here.log.read_text().splitlines()
    return [json.loads(line) for line in found if line.startswith("{")]


def test_it_is_ready_once_it_listens_and_ends_well(here: Serving) -> None:
    here.serve()
    assert here.client.ask("GET", "/v1/hello", key="daemon")["daemon"] is True
    assert "1 platforms" in here.until("STATUS=")
    assert here.end() == ExitCode.OK
    assert "STOPPING=1" in here.until("STOPPING=1")
    assert not here.socket.exists()
    assert lines(here)[-1]["event"] == "conductor-tui has ended"


def test_no_screen_is_loaded() -> None:
    code = (
        "import sys, conductor_tui.cli.serve, conductor_tui.cli.daemon;"
        "sys.exit(any(one.split('.')[0] == 'textual' for one in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_only_one_serves_at_a_socket(here: Serving) -> None:
    here.serve()
    first = here.process
    here.start()
    assert here.ends() == ExitCode.UNAVAILABLE
    assert "another conductor-tui listens there" in here.log.read_text()
    here.process = first
    assert here.client.ask("GET", "/v1/hello", key="pid")["pid"] == first.pid  # type: ignore[union-attr]


def test_what_was_killed_is_in_nobodys_way(here: Serving) -> None:
    here.serve()
    said = here.client.ask("POST", "/v1/breakers/api/trip", {"why": "swap"})
    assert said["state"] == "HELD"
    assert here.end(signal.SIGKILL) == -signal.SIGKILL
    assert here.socket.exists()
    here.serve()
    breaker = here.client.ask("GET", "/v1/breakers/api", key="state")
    assert (breaker["state"], breaker["hold"]["why"]) == ("HELD", "swap")
    assert here.end() == ExitCode.OK


def test_a_hangup_reads_the_file_anew_and_a_bad_one_changes_nothing(
    here: Serving,
) -> None:
    here.serve()
    here.settings.write_text("[[platform]]\nname = 3\n")
    assert here.process is not None
    here.process.send_signal(signal.SIGHUP)
    assert "MONOTONIC_USEC=" in here.until("RELOADING=1")
    here.until("READY=1")
    names = [one["name"] for one in _platforms(here)]
    assert names == ["api"]
    text = ONE.replace("{here}", str(here.settings))
    here.settings.write_text(text + text.replace('"api"', '"db"'))
    here.process.send_signal(signal.SIGHUP)
    here.until("RELOADING=1")
    here.until("READY=1")
    assert [one["name"] for one in _platforms(here)] == ["api", "db"]
    assert here.end() == ExitCode.OK
    said = [one["event"] for one in lines(here) if one.get("by") == "SIGHUP"]
    assert "refused" in str(said[0])
    assert "granted" in str(said[1])


def _platforms(here: Serving) -> list[dict[str, object]]:
    found: list[dict[str, object]] = here.client.ask(
        "GET", "/v1/platforms", key="platforms"
    )["platforms"]
    return found


def test_settings_that_cannot_be_used_are_78_and_nothing_listens(
    here: Serving,
) -> None:
    here.settings.write_text("[engine]\ninterval = 3\n")
    here.start()
    assert here.ends() == ExitCode.SETTINGS
    assert "engine.interval" in here.log.read_text()
    assert not here.socket.exists()


def test_the_watchdog_is_fed_while_the_loop_lives(here: Serving) -> None:
    here.serve(environ={"WATCHDOG_USEC": "200000"})
    for _ in range(3):
        here.until("WATCHDOG=1")


def test_the_watchdog_of_another_process_is_not_ours(here: Serving) -> None:
    here.serve(environ={"WATCHDOG_USEC": "200000", "WATCHDOG_PID": "1"})
    here.until("STATUS=")
    assert "WATCHDOG=1" not in "".join(here.said)


def test_a_reader_of_its_log_that_stands_still_stops_nothing(here: Serving) -> None:
    reading, writing = os.pipe()
    argv = [sys.executable, "-m", "conductor_tui", "serve", "--log-format", "json"]
    argv += ["--config", str(here.settings)]
    here.process = subprocess.Popen(argv, env=here.environ, stderr=writing)
    os.close(writing)
    here.log.touch()
    here.until("READY=1")
    for number in range(100):  # several times what a pipe holds: 64 KiB
        said = {"why": f"round {number} {'y' * 180}"}
        here.client.ask("POST", "/v1/breakers/api/trip", said)
        here.client.ask("POST", "/v1/breakers/api/reset", {})
    assert here.client.ask("GET", "/v1/hello", key="pid")["pid"] == here.process.pid
    assert here.end() == ExitCode.OK
    os.close(reading)


def test_commands_stand_in_log_and_audit_with_who_and_why(here: Serving) -> None:
    here.serve()
    asked = {"why": "swap", "by": "ann"}
    here.client.ask("POST", "/v1/breakers/api/trip", asked)
    here.client.ask("POST", "/v1/breakers/api/reset", {"by": "ann"})
    assert here.end() == ExitCode.OK
    [line] = [one for one in lines(here) if "trip api granted" in str(one["event"])]
    assert str(line["by"]).startswith("ann")
    assert (line["why"], line["about"]) == ("swap", "api")
    with closing(sqlite3.connect(here.journal)) as journal:
        rows = journal.execute("SELECT verb, about, granted FROM command").fetchall()
    assert rows == [("trip", "api", 1), ("reset", "api", 1)]


def test_a_socket_of_the_wrong_kind_is_said(here: Serving) -> None:
    here.socket.parent.mkdir(mode=0o700)
    here.socket.write_text("a file")
    here.start()
    assert here.ends() == ExitCode.UNAVAILABLE
    assert "no socket: move it away" in here.log.read_text()
    assert here.socket.read_text() == "a file"


def test_systemd_may_name_its_socket_without_a_file(here: Serving) -> None:
    name = f"\0conductor-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(name)
        ear.settimeout(30)
        here.start(environ={"NOTIFY_SOCKET": "@" + name[1:]})
        while b"READY=1" not in ear.recv(4096):
            pass
    assert here.end() == ExitCode.OK


def test_a_dashboard_finds_the_daemon_of_its_file_wherever_either_was_started(
    here: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    here.start_in(here.folder, "conductor.toml")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(here.folder))
    monkeypatch.chdir("/")
    found = daemon_here(settings_path(str(here.settings)))
    assert found is not None
    other = here.folder / "other.toml"
    other.write_text(here.settings.read_text())
    assert daemon_here(settings_path(str(other))) is None
    assert daemon_here(None) is not None


def settings_path(named: str) -> Path | None:
    source = settings_source(named)
    source.load()
    return source.path
