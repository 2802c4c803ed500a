"""`conductor-tui admit`, as a script has it: a real daemon, real processes."""

import contextlib
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from conductor_tui.cli.exits import ExitCode
from tests.cli.serving import PROGRAM, Serving, daemon

ONE = '[[platform]]\nname = "api"\nprobe = "file"\ntarget = "{here}"\n'


@pytest.fixture(scope="module")
def here() -> Iterator[Serving]:
    with daemon(ONE) as serving:
        serving.serve()
        yield serving


@pytest.fixture
def gone() -> Iterator[Serving]:
    """One that has been held, and is not there any more."""
    with daemon(ONE) as serving:
        serving.serve()
        trip(serving)
        assert serving.end() == ExitCode.OK
        yield serving


def run(here: Serving, *argv: str) -> tuple[int, str]:
    """Return the exit code, and what stands on stderr; nothing may be on stdout."""
    done = subprocess.run(
        [*PROGRAM, "admit", *argv],
        env=here.environ | {"CONDUCTOR_CONFIG": str(here.settings)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    return done.returncode, done.stderr


def trip(here: Serving, ttl_s: float | None = None) -> None:
    said = {"why": "swap the disk", "ttl_s": ttl_s}
    here.client.ask("POST", "/v1/breakers/api/trip", said)


def test_yes_says_nothing(here: Serving) -> None:
    assert run(here, "api") == (ExitCode.OK, "")


def test_no_says_who_and_why(here: Serving) -> None:
    trip(here)
    try:
        code, words = run(here, "api")
        assert code == ExitCode.TRY_LATER
        assert "api: HELD by" in words
        assert "swap the disk" in words
        assert run(here, "api", "--quiet") == (ExitCode.TRY_LATER, "")
    finally:
        here.client.ask("POST", "/v1/breakers/api/reset")


def test_it_waits_until_it_may(here: Serving) -> None:
    trip(here, ttl_s=1.5)  # a check closes it then
    assert run(here, "api", "--wait", "50s") == (ExitCode.OK, "")


def test_a_wait_that_is_over_says_no(here: Serving) -> None:
    trip(here)
    try:
        assert run(here, "api", "--wait", "300ms")[0] == ExitCode.TRY_LATER
    finally:
        here.client.ask("POST", "/v1/breakers/api/reset")


def test_an_unknown_name_gets_a_hint(here: Serving) -> None:
    code, words = run(here, "apy")
    assert (code, "did you mean api?" in words) == (ExitCode.USAGE, True)


@pytest.mark.parametrize(
    "argv",
    [["api", "--wait", "soon"], ["api", "--via", "ftp://x"], ["api", "--on-lost", "x"]],
    ids=["wait", "via", "on-lost"],
)
def test_what_is_written_wrongly_is_refused(here: Serving, argv: list[str]) -> None:
    assert run(here, *argv)[0] == ExitCode.USAGE


def test_with_nobody_to_ask_the_last_word_stands(gone: Serving) -> None:
    code, words = run(gone, "api")
    assert code == ExitCode.TRY_LATER
    assert "HELD by" in words
    assert "nobody was asked" in words


def test_with_nobody_to_ask_it_goes_by_what_is_wanted(gone: Serving) -> None:
    code, words = run(gone, "api", "--on-lost", "allow")
    assert (code, "nobody was asked" in words) == (ExitCode.OK, True)
    assert run(gone, "api", "--on-lost", "deny")[0] == ExitCode.UNAVAILABLE


def test_what_no_journal_knows_is_let_through(gone: Serving) -> None:
    code, words = run(gone, "another")
    assert (code, "let through" in words) == (ExitCode.OK, True)


def test_it_is_quick_to_start() -> None:
    code = (
        "import sys, conductor_tui.cli, conductor_tui.cli.admit;"
        "heavy = {'textual', 'rich', 'pydantic', 'aiohttp', 'asyncio', 'http.client',"
        " 'conductor_tui.domain.settings'};"
        "sys.exit(', '.join(heavy & set(sys.modules)) or 0)"
    )
    environ = {key: one for key, one in os.environ.items() if "COV" not in key}
    done = subprocess.run([sys.executable, "-c", code], env=environ)
    assert done.returncode == 0


def test_a_name_that_is_no_text_is_no_platform(here: Serving) -> None:
    code, words = run(here, os.fsdecode(b"api\xff"))
    assert (code, "no platform is called" in words) == (ExitCode.USAGE, True)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"hunter2\nhunter3"])
def test_a_token_file_of_something_else_is_named_and_not_told(
    here: Serving, tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "token"
    file.write_bytes(content)
    code, words = run(here, "api", "--token-file", str(file))
    assert (code, "token" in words) == (ExitCode.USAGE, True)
    assert "hunter" not in words


def test_a_host_that_is_not_heard_is_not_judged_by_this_one_s_journal(
    gone: Serving,
) -> None:
    """Its `api` is another one than that which was held here."""
    with socket.socket() as taken:  # nobody else gets the port, and nobody listens
        taken.bind(("127.0.0.1", 0))
        via = f"http://127.0.0.1:{taken.getsockname()[1]}"
        code, words = run(gone, "api", "--via", via)
    assert (code, "let through" in words) == (ExitCode.OK, True)


def test_it_waits_for_somebody_to_ask(gone: Serving) -> None:
    asking = subprocess.Popen(
        [*PROGRAM, "admit", "api", "--on-lost", "deny", "--wait", "50s"],
        env=gone.environ,
    )
    gone.serve()
    gone.client.ask("POST", "/v1/breakers/api/reset")
    assert asking.wait(timeout=60) == ExitCode.OK


def test_a_wait_for_somebody_to_ask_ends(gone: Serving) -> None:
    argv = ["api", "--on-lost", "deny", "--wait", "300ms"]
    code, words = run(gone, *argv)
    assert (code, "nobody was asked" in words) == (ExitCode.UNAVAILABLE, True)
    assert run(gone, *argv, "--quiet") == (ExitCode.UNAVAILABLE, "")


@pytest.mark.parametrize("status", ["502 Bad Gateway", "504 Gateway Timeout"])
def test_a_proxy_with_nobody_behind_it_is_nobody(here: Serving, status: str) -> None:
    code, words = asked(here, f"HTTP/1.1 {status}\r\n\r\nsorry", "--on-lost", "allow")
    assert (code, "let through" in words) == (ExitCode.OK, True)


def test_what_is_no_conductor_has_no_names_to_offer(here: Serving) -> None:
    code, words = asked(here, "HTTP/1.1 404 Not Found\r\n\r\n")
    assert (code, "there are" in words) == (ExitCode.USAGE, False)


def test_a_no_that_is_written_strangely_is_still_a_no(here: Serving) -> None:
    said = r'{"reason": "held", "detail": "\u001b[31m", "retry_after_s": "soon"}'
    code, words = asked(here, f"HTTP/1.1 503 Later\r\n\r\n{said}")
    assert (code, "\x1b" in words) == (ExitCode.TRY_LATER, False)


def asked(here: Serving, answer: str, *argv: str) -> tuple[int, str]:
    """Return what it makes of an answer, which it gets whatever it asks."""

    def give() -> None:
        with contextlib.suppress(OSError):  # the listener is closed: it is over
            while True:
                sock, _ = server.accept()
                with sock:
                    sock.recv(65_536)
                    sock.sendall(answer.encode())

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=give)
        thread.start()
        via = f"http://127.0.0.1:{server.getsockname()[1]}"
        try:
            return run(here, "api", "--via", via, *argv)
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()
