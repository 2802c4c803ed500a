"""`trip` and its like, `status`, `check` and `events`, of a conductor that listens."""

import json
import os
import pwd
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from conductor_tui.adapters.api.client import Client
from conductor_tui.cli import asking, at_platforms, main
from conductor_tui.cli.beat import TOKEN_VARIABLE
from conductor_tui.cli.exits import ExitCode
from conductor_tui.domain.breaker import BreakerState
from conductor_tui.domain.errors import NobodyListens
from conductor_tui.domain.ids import PlatformName
from conductor_tui.domain.snapshot import PlatformView
from tests.cli.conductor_beside import Beside

ME = pwd.getpwuid(os.getuid()).pw_name
API = PlatformName("api")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The runtime folder, with nobody in it, and no settings."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
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


def run(*words: str, typed: str = "") -> Result:
    return CliRunner().invoke(main, words, input=typed)


def api(beside: Beside) -> PlatformView:
    return beside.latest().platforms[API]


def test_a_trip_says_who_why_and_how_long(beside: Beside) -> None:
    done = run("trip", "api", "--reason", "rate limited", "--for", "10m")
    assert done.exit_code == 0, done.output
    assert done.stdout == "api  HELD for 10m, then a trial\n"
    assert done.stderr == ""
    hold = api(beside).breaker.hold
    assert hold is not None
    assert (hold.by, hold.why) == (ME, "rate limited")


def test_a_trip_without_a_reason_is_none(beside: Beside) -> None:
    done = run("trip", "api")
    assert done.exit_code == ExitCode.USAGE
    assert "--reason" in done.stderr
    assert api(beside).breaker.hold is None


def test_a_trip_waits_for_its_confirmation(beside: Beside) -> None:
    within = ("--confirm-within", "2m")
    assert run("trip", "api", "--reason", "deploy", *within).exit_code == 0
    hold = api(beside).breaker.hold
    assert hold is not None
    assert hold.confirm_by is not None
    assert run("confirm", "api").exit_code == 0
    hold = api(beside).breaker.hold
    assert hold is not None
    assert hold.confirm_by is None


def test_a_command_at_an_epoch_that_is_over_is_refused_in_words(beside: Beside) -> None:
    before = api(beside).breaker.epoch
    assert run("trip", "api", "--reason", "one").exit_code == 0
    done = run("reset", "api", "--if-epoch", str(before))
    assert done.exit_code == ExitCode.UNAVAILABLE
    assert done.stdout == ""
    assert done.stderr.startswith("api  too late")
    assert api(beside).breaker.state is BreakerState.HELD


@pytest.mark.parametrize(
    ("verb", "state"),
    [("reset", BreakerState.CLOSED), ("release", BreakerState.OPEN)],
)
def test_a_held_breaker_is_let_go(
    beside: Beside, verb: str, state: BreakerState
) -> None:
    assert run("trip", "api", "--reason", "one").exit_code == 0
    done = run(verb, "api", "--json")
    assert done.exit_code == 0
    [answer] = json.loads(done.stdout)
    assert (answer["name"], answer["granted"]) == ("api", True)
    assert api(beside).breaker.hold is None


def test_a_pause_ends_when_it_is_resumed(beside: Beside) -> None:
    assert run("pause", "a*", "--reason", "upgrade", "--for", "2h").exit_code == 0
    pause = api(beside).pause
    assert pause is not None
    assert (pause.by, pause.why) == (ME, "upgrade")
    assert run("resume", "--group", "web").exit_code == 0
    assert api(beside).pause is None


def test_a_name_of_none_is_64_and_hints_at_what_is_like_it(beside: Beside) -> None:
    done = run("trip", "api", "apii", "--reason", "one")
    assert done.exit_code == ExitCode.USAGE
    assert "no platform is called 'apii': did you mean api?" in done.stderr
    assert api(beside).breaker.hold is None  # nor is anything done to the others


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(("trip", "--reason", "one"), id="no name"),
        pytest.param(("resume", "api", "--all"), id="a name and all"),
        pytest.param(("resume", "--group", "nix"), id="a group of none"),
        pytest.param(("pause", "api", "--reason", "x", "--for", "soon"), id="for soon"),
        pytest.param(("status", "--once", "--watch"), id="once and again"),
        pytest.param(("status", "--confirm"), id="confirm without once"),
        pytest.param(("status", "--watch", "--every", "0s"), id="without a pause"),
        pytest.param(("status", "--every", "1s"), id="every without watch"),
        pytest.param(("status", "--config", "x"), id="another file"),
        pytest.param(("check", "api", "--once", "--via", "unix:/x"), id="here, there"),
        pytest.param(("events", "--since", "yesterday"), id="no moment"),
        pytest.param(("events", "--follow", "--until", "1h"), id="follows to an end"),
        pytest.param(("events", "--platform", "nix"), id="events of none"),
    ],
)
def test_what_is_written_wrongly_is_64(beside: Beside, words: tuple[str, ...]) -> None:
    done = run(*words)
    assert done.exit_code == ExitCode.USAGE, done.output
    assert done.stdout == ""
    assert "Error: " in done.stderr


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("status",), ExitCode.UNKNOWN),
        (("status", "--watch"), ExitCode.UNKNOWN),
        (("trip", "api", "--reason", "x"), ExitCode.UNAVAILABLE),
        (("resume", "--all"), ExitCode.UNAVAILABLE),
        (("events",), ExitCode.UNAVAILABLE),
        (("events", "--follow"), ExitCode.UNAVAILABLE),
    ],
)
def test_that_nobody_listens_is_said_with_the_way_out(
    folder: Path, words: tuple[str, ...], code: ExitCode
) -> None:
    via = f"unix:{folder / 'conductor.sock'}"
    done = run(*words, "--via", via)
    assert done.exit_code == code
    assert done.stderr.startswith(f"conductor-tui: {via}: ")
    assert "is a conductor-tui of this user running" in done.stderr
    assert ("--once" in done.stderr) == (words[0] == "status")


def test_status_is_what_the_conductor_knows(beside: Beside) -> None:
    done = run("status")
    assert done.exit_code == ExitCode.FAILED
    assert done.stdout.startswith("FAILED    api")
    [platform] = json.loads(run("status", "api", "--json").stdout)["platforms"]
    assert (platform["name"], platform["health"]) == ("api", "FAILED")


def test_status_of_what_is_held_says_by_whom(beside: Beside) -> None:
    run("trip", "api", "--reason", "rate limited")
    assert f"held by {ME}: rate limited" in run("status").stdout


def test_status_of_what_is_paused_does_not_count(beside: Beside) -> None:
    run("pause", "api", "--reason", "upgrade")
    done = run("status")
    assert done.stdout.startswith("PAUSED    api")
    assert done.exit_code == ExitCode.UNKNOWN  # nothing else is there to be well


def test_many_are_asked_about_on_a_terminal_only(
    beside: Beside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(at_platforms, "MANY", 1)
    assert run("trip", "--all", "--reason", "x", typed="n\n").exit_code == 0
    run("reset", "api")
    monkeypatch.setattr(at_platforms, "is_typed", lambda: True)
    done = run("trip", "--all", "--reason", "x", typed="n\n")
    assert done.exit_code == ExitCode.INTERRUPTED
    assert "trip 1 platforms? [y/N]" in done.stderr
    assert api(beside).breaker.hold is None
    assert run("trip", "--all", "--reason", "x", typed="y\n").exit_code == 0
    assert run("reset", "--all", "--yes").exit_code == 0


def test_watched_it_is_said_again_and_again_and_outlives_a_restart(
    beside: Beside, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = Client.ask
    answers = iter([asked, asked, _silent, asked])

    def ask(*words: Any, **more: Any) -> dict[str, Any]:
        return next(answers, _interrupted)(*words, **more)

    waits: list[float] = []
    monkeypatch.setattr(Client, "ask", ask)
    monkeypatch.setattr("time.sleep", waits.append)
    done = run("status", "--watch", "--json", "--every", "500ms")
    assert done.exit_code == ExitCode.INTERRUPTED
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["platforms"][0]["name"] for one in lines] == ["api"] * 3
    assert done.stderr.startswith("conductor-tui: gone")
    assert waits == [0.5] * 4


def _silent(*_: Any, **more: Any) -> dict[str, Any]:
    raise NobodyListens("gone")


def _interrupted(*_: Any, **more: Any) -> dict[str, Any]:
    raise KeyboardInterrupt


def test_a_socket_that_nobody_listens_at_is_passed_over(
    beside: Beside, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stale = folder / "stale.sock"
    with socket.socket(socket.AF_UNIX) as gone:
        gone.bind(str(stale))
    live = folder / "conductor.sock"
    monkeypatch.setattr(asking, "http_sockets", lambda *_: (stale, live))
    assert asking.client("", None).via == f"unix:{live}"
    monkeypatch.setattr(asking, "http_sockets", lambda *_: (stale, folder / "none"))
    assert asking.client("", None).via == f"unix:{stale}"


@pytest.mark.parametrize("forbidden", ["textual", "aiohttp", "pydantic", "asyncio"])
def test_a_command_starts_fast(forbidden: str) -> None:
    program = (
        "import sys\nfrom conductor_tui.cli import check, completion, events, man\n"
        "from conductor_tui.cli import status, trip\n"
        f"sys.exit({forbidden!r} in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0
