"""`alerts test`, through channels that really are there."""

import json
import os
import pty
import re
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from conductor_tui.cli import main
from conductor_tui.cli.attention import sequence
from conductor_tui.cli.exits import ExitCode
from conductor_tui.domain.alert_events import AttentionCalled
from conductor_tui.domain.ids import ChannelName

DELIVERED = r": delivered in [\d,]+ ms"


class Hook(BaseHTTPRequestHandler):
    """Answers with `status`, and keeps what came."""

    status, came = 200, list[bytes]()

    def do_POST(self) -> None:
        self.came.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(self.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None: ...


@contextmanager
def hook(status: int = 200) -> Iterator[tuple[str, list[bytes]]]:
    """A webhook's other side: its URL, and the bodies that came."""
    came: list[bytes] = []
    kind = type("ThisHook", (Hook,), {"status": status, "came": came})
    with HTTPServer(("127.0.0.1", 0), kind) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/hook", came
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the settings are; nothing of the test stays behind."""
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(place: Path, *words: str, **channels: str) -> Result:
    """Write channels by name, `kind = ...; more`, and test them."""
    tables = [
        f'[[channel]]\nname = "{name}"\n' + keys.replace("; ", "\n")
        for name, keys in channels.items()
    ]
    path = place / "conductor.toml"
    path.write_text("\n".join(["[alerts]", "after = 1", *tables]))
    path.chmod(0o600)
    return CliRunner().invoke(main, ["alerts", "test", *words, "--config", str(path)])


def test_every_channel_is_told_and_timed(place: Path) -> None:
    log = place / "alerts.log"
    with hook() as (url, came):
        done = run(
            place,
            ops=f'kind = "webhook"; url = "{url}?token=hunter2222"',
            file=f'kind = "log"; path = "{log}"; severity = "critical"',
        )
    assert done.exit_code == ExitCode.OK, done.output
    webhook, file = done.stdout.splitlines()
    assert re.fullmatch(rf"ops webhook http://127\.0\.0\.1:.*{DELIVERED}", webhook)
    assert re.fullmatch(rf"file log {re.escape(str(log))}{DELIVERED}", file)
    assert "hunter2222" not in done.output
    [body] = came
    assert json.loads(body)["kind"] == "TEST"
    assert "[TEST] channel ops" in json.loads(body)["text"]
    assert "[TEST] channel file" in log.read_text()
    assert list((place / "temporary").iterdir()) == []


def test_one_channel_is_tested_alone(place: Path) -> None:
    log, other = place / "alerts.log", place / "other.log"
    done = run(
        place,
        "file",
        file=f'kind = "log"; path = "{log}"',
        other=f'kind = "log"; path = "{other}"',
    )
    assert done.exit_code == ExitCode.OK
    assert len(done.stdout.splitlines()) == 1
    assert not other.exists()


def test_one_that_fails_is_said_and_tried_once(place: Path) -> None:
    with hook(503) as (url, came), socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        port = deaf.getsockname()[1]
        done = run(
            place,
            ops=f'kind = "webhook"; url = "{url}"',
            deaf=f'kind = "webhook"; url = "http://127.0.0.1:{port}/"; timeout = "1s"',
            file=f'kind = "log"; path = "{place / "alerts.log"}"',
        )
    assert done.exit_code == ExitCode.FAILED
    ops, silent, file = done.stdout.splitlines()
    assert "failed: " in ops
    assert "503" in ops
    assert silent.endswith("failed: no answer within 1s")
    assert re.search(DELIVERED, file)
    assert len(came) == 1


def test_one_that_is_refused_for_good_is_said(place: Path) -> None:
    with hook(401) as (url, _):
        done = run(place, ops=f'kind = "webhook"; url = "{url}"')
    assert done.exit_code == ExitCode.FAILED
    assert "failed: " in done.stdout
    assert "401" in done.stdout


def test_settings_that_cannot_be_used_are_said(place: Path) -> None:
    done = run(place, ops='kind = "pigeon"')
    assert done.exit_code == ExitCode.SETTINGS
    assert "pigeon" in done.stderr


def test_a_channel_that_is_none_is_said(place: Path) -> None:
    log = f'kind = "log"; path = "{place / "alerts.log"}"'
    near = run(place, "osp", ops=log)
    far = run(place, "zzz", ops=log)
    none = run(place)
    assert near.exit_code == far.exit_code == none.exit_code == ExitCode.USAGE
    assert "no channel is called 'osp': did you mean ops?" in near.stderr
    assert "no channel is called 'zzz'; there are: ops" in far.stderr
    assert "no channel is set up: add a [[channel]]" in none.stderr


@pytest.mark.parametrize(
    ("how", "characters"),
    [
        ("", "\a"),
        ("osc9", "\x1b]9;a;b: c\x1b\\\a"),
        ("osc777", "\x1b]777;notify;a,b;c\x1b\\\a"),
    ],
)
def test_a_terminal_is_called_in_its_own_words(how: str, characters: str) -> None:
    call = AttentionCalled(channel=ChannelName("t"), title="a;b", text="c", how=how)
    assert sequence(call) == characters


def test_this_terminal_rings(place: Path) -> None:
    path = place / "conductor.toml"
    path.write_text('[[channel]]\nname = "me"\nkind = "terminal"\nnotify = "osc9"\n')
    path.chmod(0o600)
    ours, theirs = pty.openpty()
    program = (
        "import os, sys; os.open(sys.argv[1], os.O_RDWR); "  # now it has a terminal
        "os.execv(sys.executable, [sys.executable, *sys.argv[2:]])"
    )
    command = ["-m", "conductor_tui", "alerts", "test", "--config", str(path)]
    argv = [sys.executable, "-c", program, os.ttyname(theirs), *command]
    done = subprocess.run(argv, start_new_session=True, capture_output=True)
    os.close(theirs)
    rung = b""
    with suppress(OSError), open(ours, "rb", buffering=0) as terminal:  # EIO: its end
        while more := terminal.read(1024):
            rung += more
    assert done.returncode == 0, done.stderr
    assert b"\x1b]9;" in rung
    assert b"[TEST] channel me" in rung
    assert rung.endswith(b"\a")
    assert b"\a" not in done.stdout + done.stderr
