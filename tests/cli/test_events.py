"""`events` and `check`, of a conductor that really listens."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click import UsageError
from click.testing import CliRunner, Result

from conductor_tui.cli import main
from conductor_tui.cli.beat import TOKEN_VARIABLE
from conductor_tui.cli.events import moment
from conductor_tui.cli.exits import ExitCode
from conductor_tui.testing import EPOCH
from tests.cli.conductor_beside import Beside

PROGRAM = (sys.executable, "-m", "conductor_tui")


@pytest.fixture(autouse=True)
def beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Beside]:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.delenv("CONDUCTOR_CONFIG", raising=False)
    monkeypatch.delenv(TOKEN_VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "conductor-tui"
    folder.mkdir(mode=0o700)
    with Beside(folder / "conductor.sock").running() as beside:
        yield beside


def run(*words: str) -> Result:
    return CliRunner().invoke(main, words)


def kinds(done: Result) -> list[str]:
    return [json.loads(line)["kind"] for line in done.stdout.splitlines()]


@contextmanager
def following(*words: str) -> Iterator["subprocess.Popen[str]"]:
    environ = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        [*PROGRAM, "events", "--follow", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environ,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def line_with(process: "subprocess.Popen[str]", words: str) -> str:
    """Return the next line in which the words stand; read until there is one."""
    assert process.stdout is not None
    for line in process.stdout:
        if words in line:
            return line
    raise AssertionError(f"it ended without {words!r}")


def test_what_happened_is_told_oldest_first() -> None:
    done = run("events")
    assert done.exit_code == 0, done.output
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert lines == sorted(lines, key=lambda line: line[:19])
    assert any(line.endswith("api  FAILED  connection refused") for line in lines)


def test_as_json_it_is_an_object_a_line() -> None:
    found = kinds(run("events", "--json"))
    assert {"PlatformAdded", "HealthChanged", "BreakerChanged"} <= {*found}
    newest = run("events", "--json", "--limit", "1")
    assert kinds(newest) == found[-1:]


def test_no_more_lines_are_told_than_the_limit() -> None:
    lines = run("events").stdout.splitlines()
    assert len(lines) > 2
    assert run("events", "--limit", "2").stdout.splitlines() == lines[-2:]


def test_events_are_chosen_by_time_and_platform() -> None:
    everything = kinds(run("events", "--json"))
    before = (EPOCH - timedelta(days=1)).isoformat()
    after = (EPOCH + timedelta(days=1)).isoformat()
    assert kinds(run("events", "--json", "--since", before)) == everything
    assert kinds(run("events", "--json", "--until", before)) == []
    assert kinds(run("events", "--json", "--since", after)) == []
    done = run("events", "--json", "--platform", "api")
    assert {json.loads(line)["about"] for line in done.stdout.splitlines()} == {"api"}


def test_a_duration_counts_back_from_now() -> None:
    before = datetime.now(UTC)
    found = datetime.fromisoformat(moment("2h", "--since")) + timedelta(hours=2)
    assert before <= found <= datetime.now(UTC)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("2030-01-01T12:00:00Z", "2030-01-01T12:00:00+00:00", id="UTC"),
        pytest.param("2030-01-01 14:00+02:00", "2030-01-01T12:00:00+00:00", id="+2"),
    ],
)
def test_a_moment_is_said_in_utc(text: str, found: str) -> None:
    assert moment(text, "--since") == found


@pytest.mark.parametrize("text", ["yesterday", "", "99999999999h", "0001-01-01+14:00"])
def test_what_is_no_moment_is_said(text: str) -> None:
    with pytest.raises(UsageError, match="--until: "):
        moment(text, "--until")


def test_a_name_that_is_like_one_is_hinted_at() -> None:
    done = run("events", "--platform", "apii")
    assert done.exit_code == ExitCode.USAGE
    assert "did you mean api?" in done.stderr


def test_what_happens_is_followed_until_ctrl_c() -> None:
    with following() as process:
        line_with(process, "connection refused")  # the past comes first
        assert run("trip", "api", "--reason", "rate limited").exit_code == 0
        assert '"rate limited"' in line_with(process, "HELD")
        process.send_signal(signal.SIGINT)
        assert process.wait() == ExitCode.INTERRUPTED


def test_followed_as_json_nothing_is_told_twice() -> None:
    with following("--json", "--platform", "api") as process:
        seqs = [json.loads(line_with(process, '"PlatformAdded"'))["seq"]]
        assert run("trip", "api", "--reason", "one").exit_code == 0
        assert process.stdout is not None
        for line in process.stdout:
            seqs.append(json.loads(line)["seq"])
            if '"HELD"' in line:
                break
        assert seqs == sorted(set(seqs))


def test_who_follows_hears_that_the_conductor_has_gone(tmp_path: Path) -> None:
    folder = tmp_path / "other"
    folder.mkdir(mode=0o700)
    with Beside(folder / "its.sock").running() as other:
        via = f"unix:{folder / 'its.sock'}"
        process = subprocess.Popen(
            [*PROGRAM, "events", "--follow", "--via", via],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        line_with(process, "connection refused")
        assert other.address
    _, said = process.communicate()
    assert process.returncode == ExitCode.UNAVAILABLE
    assert said.startswith(f"conductor-tui: {via}: ")


def test_a_check_is_made_by_the_conductor() -> None:
    assert run("reset", "api").exit_code == 0
    done = run("check", "api")
    assert done.exit_code == ExitCode.FAILED, done.output
    assert done.stdout.startswith("api  failed")
    assert done.stdout.endswith("connection refused\n")


def test_a_held_platform_is_not_asked_and_that_is_no_pass() -> None:
    run("trip", "api", "--reason", "one")
    done = run("check", "--all", "--json")
    [result] = json.loads(done.stdout)
    assert (result["outcome"], result["detail"]) == ("refused", "breaker HELD")
    assert done.exit_code == ExitCode.UNKNOWN


def test_a_paused_platform_is_refused_by_name_and_left_out_of_all() -> None:
    run("pause", "api", "--reason", "upgrade")
    named = run("check", "api")
    assert named.exit_code == ExitCode.UNKNOWN
    assert named.stdout == ""
    assert "api: it is PAUSED" in named.stderr
    everything = run("check", "--all", "--json")
    assert json.loads(everything.stdout) == []


def test_with_once_it_is_checked_from_here(tmp_path: Path) -> None:
    file = tmp_path / "conductor.toml"
    file.write_text(f'[[platform]]\nname = "own"\nprobe = "file"\ntarget = "{file}"\n')
    assert run("check", "own").exit_code == ExitCode.USAGE  # that one knows only api
    done = run("check", "own", "--once")
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("own  passed")
