"""`conductor-tui token`, with a file of its own."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from conductor_tui.cli import main
from conductor_tui.cli.exits import ExitCode


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "state" / "tokens.json"


def token(file: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["token", *words, "--file", str(file)])


def listed(file: Path) -> list[dict[str, object]]:
    done = token(file, "list", "--json")
    assert done.exit_code == ExitCode.OK
    found: list[dict[str, object]] = json.loads(done.stdout)
    return found


def test_the_secret_alone_is_printed_and_never_again(file: Path) -> None:
    made = token(file, "create", "grafana", "--scope", "read")
    assert made.exit_code == ExitCode.OK
    secret = made.stdout.strip()
    assert secret.startswith("ct_")
    assert "grafana" in made.stderr
    assert secret not in file.read_text() + str(listed(file))


def test_the_file_is_for_nobody_else(file: Path) -> None:
    token(file, "create", "grafana", "--scope", "read")
    assert file.stat().st_mode & 0o777 == 0o600


def test_scopes_and_end_are_kept(file: Path) -> None:
    scopes = ("--scope", "read", "--scope", "control")
    token(file, "create", "deploy", *scopes, "--expires", "90d")
    [one] = listed(file)
    assert one["scopes"] == ["control", "read"]
    assert one["expires"] is not None
    assert one["over"] is False
    assert "for 8" in token(file, "list").stdout  # 89 d and some hours


@pytest.mark.parametrize("by", ["name", "id"])
def test_one_that_is_revoked_is_listed_no_more(file: Path, by: str) -> None:
    token(file, "create", "deploy", "--scope", "control")
    assert token(file, "revoke", str(listed(file)[0][by])).exit_code == ExitCode.OK
    assert listed(file) == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(["create", "one", "--scope", "read"], "revoke it", id="taken"),
        pytest.param(["create", "two"], "--scope", id="no scope"),
        pytest.param(["create", "two", "--scope", "all"], "control", id="no such"),
        pytest.param(
            ["create", "two", "--scope", "read", "--expires", "soon"],
            "--expires",
            id="no time",
        ),
        pytest.param(["create", "a\x1bb", "--scope", "read"], "printable", id="name"),
        pytest.param(["revoke", "three"], "three", id="unknown"),
    ],
)
def test_what_is_written_wrongly_is_said_and_changes_nothing(
    file: Path, words: list[str], said: str
) -> None:
    token(file, "create", "one", "--scope", "read")
    before = file.read_bytes()
    done = token(file, *words)
    assert done.exit_code == ExitCode.USAGE
    assert said in done.stderr
    assert "\x1b" not in done.stderr
    assert file.read_bytes() == before


def test_a_file_that_others_may_read_is_not_listed(file: Path) -> None:
    token(file, "create", "one", "--scope", "read")
    file.chmod(0o644)
    done = token(file, "list")
    assert done.exit_code == ExitCode.NOT_PERMITTED
    assert f"chmod 600 {file}" in done.stderr
