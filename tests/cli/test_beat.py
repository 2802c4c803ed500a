"""`beat` and `run`, against sockets that really listen."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from conductor_tui.cli import main
from conductor_tui.cli.beat import TOKEN_VARIABLE
from conductor_tui.cli.exits import ExitCode

PROGRAM = [sys.executable, "-m", "conductor_tui"]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The runtime folder, with nobody in it."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.delenv(TOKEN_VARIABLE, raising=False)
    folder = tmp_path / "conductor-tui"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture
def beats(folder: Path) -> Iterator[socket.socket]:
    """The datagram socket of a conductor."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(str(folder / "beats.sock"))
        sock.settimeout(30)
        yield sock


def came(sock: socket.socket) -> tuple[str, dict[str, Any]]:
    name, _, said = sock.recv(9000).decode().partition(" ")
    return name, json.loads(said)


def beat(*words: str) -> Result:
    return CliRunner().invoke(main, ["beat", *words])


class Api(BaseHTTPRequestHandler):
    """Answers as it is told, and keeps what was asked."""

    status, answer = 200, b'{"heard": "taken"}'
    asked: tuple[str, str, Any] | None = None

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        token = self.headers.get("Authorization", "")
        type(self).asked = (self.path, token, json.loads(body))
        self.send_response(self.status)
        self.end_headers()
        self.wfile.write(self.answer)

    def log_message(self, format: str, *args: object) -> None: ...


@contextmanager
def api(status: int = 200, answer: bytes = b"{}") -> Iterator[tuple[type[Api], str]]:
    kind = type("ThisApi", (Api,), {"status": status, "answer": answer})
    with HTTPServer(("127.0.0.1", 0), kind) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        yield kind, f"http://127.0.0.1:{server.server_port}"
        thread.join()


def test_a_heartbeat_goes_to_the_usual_socket(beats: socket.socket) -> None:
    assert beat("backup", "--meta", "files=120", "--meta", "host=web-7").exit_code == 0
    assert came(beats) == ("backup", {"kind": "beat", "files": 120, "host": "web-7"})


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--start", "--run", "r1"], {"kind": "start", "run": "r1"}),
        (["--fail", "--words", "disk full"], {"kind": "fail", "words": "disk full"}),
        (["--exit", "3"], {"kind": "beat", "exit": 3}),
        (["--meta", "x=[1, 2]"], {"kind": "beat", "x": [1, 2]}),
        (["--meta", "x=a=b"], {"kind": "beat", "x": "a=b"}),
    ],
)
def test_it_says_what_it_was_told(
    beats: socket.socket, words: list[str], said: dict[str, Any]
) -> None:
    assert beat("a", *words).exit_code == 0
    assert came(beats)[1] == said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "Missing argument 'AGENT'"),
        (["a b"], "no agent can be called 'a b'"),
        (["a", "--meta", "x"], "--meta 'x': write KEY=VALUE"),
        (["a", "--meta", "kind=x"], "the metadata 'kind' means something else"),
        (["a", "--meta", f"x={'y' * 9000}"], "longer than 8192 bytes"),
        (["a", "--start", "--fail"], "one of them"),
        (["a", "--exit", "256"], "256"),
        (["a", "--via", "ftp://x"], "is no address of a conductor: write unix:/path"),
        (["a", "--via", "udp://127.0.0.1"], "is no address of a conductor"),
        (["a", "--token-file", "/nowhere"], "/nowhere"),
    ],
)
def test_wrong_usage_is_said(beats: socket.socket, words: list[str], said: str) -> None:
    done = subprocess.run([*PROGRAM, "beat", *words], capture_output=True, text=True)
    assert done.returncode == ExitCode.USAGE
    assert said in done.stderr


def test_that_nobody_listens_is_said_with_the_way_out(folder: Path) -> None:
    done = subprocess.run([*PROGRAM, "beat", "a"], capture_output=True, text=True)
    assert done.returncode == ExitCode.UNAVAILABLE
    assert done.stderr == (
        f"conductor-tui: {folder}/beats.sock: No such file or directory: is a "
        "conductor-tui of this user running, and does its [listen] allow it?\n"
    )


def test_a_socket_that_was_left_behind_is_no_end(
    folder: Path, beats: socket.socket
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as left:
        left.bind(str(folder / "conductor.sock"))
    assert beat("a").exit_code == 0
    assert came(beats)[0] == "a"


def test_by_http_it_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TOKEN_VARIABLE, "hunter2222")
    with api() as (asked, url):
        done = beat("a/b", "--meta", "kind=x", "--exit", "0", "--via", url)
    assert done.exit_code == 0
    assert asked.asked == (
        "/v1/agents/a%2Fb/beat",
        "Bearer hunter2222",
        {"kind": "beat", "metadata": {"kind": "x"}, "exit_code": 0},
    )


def test_a_token_s_last_line_break_is_none_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(TOKEN_VARIABLE, "let me in\n")
    with api() as (asked, url):
        assert beat("a", "--via", url).exit_code == 0
    assert asked.asked is not None
    assert asked.asked[1] == "Bearer let me in"


@pytest.mark.parametrize("content", [b"hunter2\nhunter3", b"hunter2\xff"])
@pytest.mark.parametrize("command", [["beat", "a"], ["run", "a", "true"], ["ack", "a"]])
def test_what_no_header_can_carry_is_no_token_and_is_not_told(
    tmp_path: Path, command: list[str], content: bytes
) -> None:
    file = tmp_path / "token"
    file.write_bytes(content)
    way = ["--via", "http://127.0.0.1:1", "--token-file", str(file)]
    done = CliRunner().invoke(main, [*command[:1], *way, *command[1:]])
    assert done.exit_code == ExitCode.USAGE
    assert str(file) in done.output
    assert "hunter" not in done.output


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (404, ExitCode.NO_AGENT),
        (401, ExitCode.NOT_PERMITTED),
        (429, ExitCode.UNAVAILABLE),
        (500, ExitCode.UNAVAILABLE),
    ],
)
def test_a_refusal_is_told_in_its_words(status: int, code: ExitCode) -> None:
    with api(status, b'{"error": "no agent is called \\u001b[1m"}') as (_, url):
        argv = [*PROGRAM, "beat", "a", "--via", url]
        done = subprocess.run(argv, capture_output=True, text=True)
    assert done.returncode == code
    assert "no agent is called" in done.stderr
    assert "\x1b" not in done.stderr


@pytest.mark.parametrize("forbidden", ["textual", "aiohttp", "pydantic", "asyncio"])
def test_a_heartbeat_from_cron_starts_fast(forbidden: str) -> None:
    program = (
        "import sys, conductor_tui.cli.beat, conductor_tui.cli.run\n"
        f"sys.exit({forbidden!r} in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0


def run(*command: str, **arguments: Any) -> "subprocess.CompletedProcess[str]":
    argv = [*PROGRAM, "run", "job", "--", *command]
    return subprocess.run(argv, capture_output=True, text=True, **arguments)


def test_a_command_is_told_of_with_its_exit_code(beats: socket.socket) -> None:
    done = run("sh", "-c", "cat; echo oops >&2; exit 7", input="through")
    (started, first), (ended, last) = came(beats), came(beats)
    assert (done.returncode, done.stdout, done.stderr) == (7, "through", "oops\n")
    assert (started, first["kind"], ended, last["kind"]) == (
        "job",
        "start",
        "job",
        "fail",
    )
    assert first["run"] == last["run"]
    assert (last["exit"], last["duration"] >= 0) == (7, True)


def test_a_good_end_is_a_heartbeat(beats: socket.socket) -> None:
    assert run("true").returncode == 0
    came(beats)
    assert came(beats)[1]["kind"] == "beat"


def test_options_of_the_command_are_its_own(beats: socket.socket) -> None:
    assert run("sh", "-c", "echo $1 $2", "--", "--via", "-x").stdout == "--via -x\n"


@pytest.mark.parametrize(
    ("command", "code", "words"),
    [
        ("/nowhere/at-all", 127, "no such file or directory"),
        ("/etc/passwd", 126, "permission denied"),
    ],
)
def test_what_cannot_be_run_is_told_too(
    beats: socket.socket, command: str, code: int, words: str
) -> None:
    done = run(command)
    came(beats)
    _, last = came(beats)
    assert (done.returncode, last["kind"], last["exit"]) == (code, "fail", code)
    assert words in last["words"]
    assert words in done.stderr


def test_a_signal_is_passed_on_and_told(beats: socket.socket) -> None:
    wait = "trap 'exit 9' USR1; echo ready; while :; do read x; done"
    with subprocess.Popen(
        [*PROGRAM, "run", "job", "--", "sh", "-c", wait],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as job:
        assert job.stdout is not None
        assert job.stdin is not None
        assert job.stdout.readline() == b"ready\n"
        job.send_signal(signal.SIGUSR1)
        job.stdin.write(b"\n")
        job.stdin.flush()
        assert job.wait(30) == 9
    came(beats)
    assert came(beats)[1]["exit"] == 9


def test_the_signal_that_ended_a_command_is_named(beats: socket.socket) -> None:
    done = run("sh", "-c", "kill -TERM $$")
    came(beats)
    assert done.returncode == 128 + signal.SIGTERM
    assert came(beats)[1]["words"] == "ended by SIGTERM"


def test_the_command_gets_the_signals_that_we_got(beats: socket.socket) -> None:
    masked = "import signal; print(signal.pthread_sigmask(signal.SIG_BLOCK, []))"
    assert run(sys.executable, "-c", masked).stdout == "set()\n"


def test_a_heartbeat_that_cannot_be_sent_stops_nothing() -> None:
    done = run("sh", "-c", "echo done; exit 3")
    assert (done.returncode, done.stdout) == (3, "done\n")
    assert done.stderr.count("conductor-tui: heartbeat not sent: ") == 2


def test_a_command_is_needed() -> None:
    argv = [*PROGRAM, "run", "job"]
    done = subprocess.run(argv, capture_output=True, text=True, env=dict(os.environ))
    assert done.returncode == ExitCode.USAGE
    assert "COMMAND" in done.stderr
