"""`config check` and `config show`, from the outside."""

import json
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conductor_tui.adapters.settings import file as settings_file
from conductor_tui.adapters.settings.toml_text import toml_value
from conductor_tui.cli import main
from conductor_tui.domain.text import visible
from tests.adapters.settings_files import ALL, TCP, Broken, platform, window

SAID = "conductor-tui: "
JARGON = ("Input should", "pydantic", "type=", "Value error", "Traceback", "errors.")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty directory to be in, and no settings anywhere else."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.delenv("CONDUCTOR_CONFIG", raising=False)
    monkeypatch.setattr(settings_file, "SYSTEM_FILE", tmp_path / "system.toml")
    return tmp_path


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["config", *words])


def write(text: str, name: str = "conductor.toml") -> Path:
    path = Path(name)
    path.write_text(text, encoding="utf-8", newline="")
    return path


@pytest.mark.parametrize("case", ALL, ids=[case.sentence for case in ALL])
def test_a_broken_file_is_answered_in_words(case: Broken) -> None:
    write(case.text)
    result = run("check")
    assert result.exit_code == 78
    assert result.stdout == ""
    assert result.stderr.startswith(f"{SAID}conductor.toml")
    assert [words for words in case.said if words not in result.stderr] == []
    assert [word for word in JARGON if word in result.stderr] == []


@pytest.mark.parametrize("case", ALL, ids=[case.sentence for case in ALL])
def test_one_thing_wrong_is_one_line_of_sane_length(case: Broken) -> None:
    write(case.text)
    lines = run("show").stderr.splitlines()
    assert len(lines) == 1
    assert len(lines[0]) < 700
    assert visible(lines[0], 1000) == lines[0]


def test_every_problem_is_told_at_once_in_the_order_of_the_file() -> None:
    write(
        platform("api", "verify_tls = 1", 'timeout = "9s"', "retry.attempts = 0")
        + platform("api", 'tiemout = "1s"', probe='probe = "tcp"\ntarget = "db"')
        + platform("", probe='probe = "gopher"')
        + '[engine]\nhistory = 5\nstagger = "4s"\n[load]\nemergency_at = 10\n[agent]\n'
    )
    result = run("check")
    assert result.exit_code == 78
    starts = [
        line.removeprefix(SAID).split(": ")[1] for line in result.stderr.splitlines()
    ]
    assert starts == [
        "agent",
        "engine.history = 5",
        "load.emergency_at = 10",
        'engine.stagger = "4s"',
        'platform[1] "api" .retry.attempts = 0',
        'platform[1] "api" .verify_tls = 1',
        'platform[1] "api" .timeout = "9s"',
        'platform[2] "api" .tiemout = "1s"',
        'platform[2] "api" .target = "db"',
        'platform[2] "api" .name = "api"',
        'platform[3] .name = ""',
        'platform[3] .probe = "gopher"',
    ]


def test_a_good_file_is_counted() -> None:
    write(platform("a") + platform("b") + platform("c", probe=TCP))
    result = run("check")
    assert result.exit_code == 0
    assert result.output == "conductor.toml: ok, 3 platforms (2 http, 1 tcp)\n"


def test_one_platform_is_not_called_platforms() -> None:
    write(platform("a"))
    assert run("check").output == "conductor.toml: ok, 1 platform (1 http)\n"


def test_maintenance_windows_are_counted() -> None:
    write(window('daily = "02:00"', 'for = "1h"'))
    assert run("check").output == (
        "conductor.toml: ok, 1 platform (1 http), 1 maintenance window\n"
    )


def test_a_good_file_says_how_many_agents_are_listened_for() -> None:
    write(f'{platform()}[[agent]]\nname = "a"\n[[agent]]\nname = "b"\n')
    assert run("check").output == "conductor.toml: ok, 1 platform (1 http), 2 agents\n"


def test_a_file_without_platforms_is_good_and_watches_what_listens() -> None:
    write('[engine]\ninterval = "10s"\n')
    assert "ok, no [[platform]]: what listens" in run("check").output
    assert "# No [[platform]]: what listens" in run("show").output


def test_without_a_file_check_says_where_it_looked(home: Path) -> None:
    result = run("check")
    assert result.exit_code == 0
    assert str(home / "conductor.toml") in result.output


def test_without_a_file_show_prints_the_defaults_as_a_good_file() -> None:
    result = run("show")
    assert tomllib.loads(result.output)["engine"]["interval"] == "5s"
    write(result.output)
    assert run("check").exit_code == 0


def test_a_file_named_by_the_option_must_be_there() -> None:
    write(platform("a"))
    result = run("check", "--config", "other.toml")
    assert result.exit_code == 78
    assert result.stderr.startswith(
        f"{SAID}other.toml: no such file: give the right path"
    )


def test_a_file_named_by_the_variable_must_be_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CONDUCTOR_CONFIG", "other.toml")
    assert "other.toml: no such file" in run("show").stderr


def test_the_directory_we_stand_in_may_be_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    result = run("check")
    assert result.exit_code == 0
    assert "/dev/null" not in result.output
    assert "this directory was removed" in result.output


def test_show_says_where_each_value_comes_from() -> None:
    write('[engine]\ntimeout = "1s"\n' + platform("a", 'breaker.reset_after = "10m"'))
    lines = run("show").output.splitlines()
    table = lines[lines.index("[[platform]]") :]
    assert "# conductor.toml, [[platform]] 1" in lines
    assert 'name = "a"' in table
    assert 'interval = "5s"  # default' in table
    assert 'timeout = "1s"  # from [engine]' in table
    assert 'breaker.reset_after = "10m"' in table
    assert 'breaker.max_reset = "10m"  # default, raised to what it caps' in table
    assert 'group = ""  # default' in table
    assert "verify_tls = true  # default" in table
    assert 'history = "30m"  # default' in lines


def test_show_prints_what_is_written_and_no_secret(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TEST_TOKEN", "hunter2-hunter2")
    write(
        platform("a", 'headers = { Authorization = "Bearer ${TEST_TOKEN}" }')
        + platform("b", 'username = "eve"', 'password = "hunter2"')
        + platform("c", probe='probe = "tcp"\ntarget = "${TEST_TOKEN}:80"')
    )
    shown = run("show")
    assert shown.exit_code == 0, shown.stderr
    assert "hunter2" not in shown.output
    assert 'headers = { Authorization = "Bearer ${TEST_TOKEN}" }' in shown.output
    assert 'password = "***"' in shown.output
    assert 'target = "${TEST_TOKEN}:80"' in shown.output
    write(shown.output)
    again = run("show")
    assert tomllib.loads(again.output) == tomllib.loads(shown.output)


def test_the_schema_is_json_that_names_every_table() -> None:
    schema = json.loads(run("schema").output)
    assert schema["$schema"].endswith("2020-12/schema")
    tables = {"engine", "defaults", "load", "group", "platform", "maintenance"}
    assert tables < set(schema["properties"])


EVERYTHING = (
    """
[engine]
interval = "10s"
timeout = "300ms"
stagger = "10ms"
max_checks_at_once = 4
history = "1h30m"
retry = { attempts = 2, wait = "0s", max_wait = "1.5s" }
breaker = { failures = 5, reset_after = "1m", backoff = 1.5, max_reset = "1h" }
[defaults]
slow_after = "250ms"
tags = ["all"]
[group.web]
rise = 3
depends_on = ["e"]
[[maintenance]]
name = "nights"
groups = ["web"]
daily = "02:00"
for = "1h"
zone = "Europe/Berlin"
[[maintenance]]
name = "move"
start = 2030-01-01T00:00:00
end = 2030-01-01T02:00:00
[load]
degraded_at = 70.5
recovered_at = 60
emergency_at = 90
"""
    + platform("a", "expect_status = [200, 204]", "max_body = 10", 'group = "web"')
    + platform(
        "b",
        'interval = "100ms"',
        'timeout = "7ms"',
        'slow_after = "3ms"',
        'retry.max_wait = "9ms"',
    )
    + platform("c", 'send = "PING\\r\\n"', 'expect = "\\u001b"', probe=TCP)
    + platform("d", probe='probe = "command"\ncommand = ["/bin/true", "a \\"b\\""]')
    + platform("e", probe='probe = "redis"\ntarget = "localhost"')
    + platform("f", probe='probe = "postgres"\ntarget = "[::1]:5432"')
    + platform("g", probe='probe = "listen"\ntarget = "*:22"')
)


def test_what_show_prints_is_a_good_file_that_comes_to_the_same() -> None:
    write(EVERYTHING)
    shown = run("show")
    assert shown.exit_code == 0, shown.stderr
    write(shown.output)
    assert "ok, 7 platforms" in run("check").output
    again = run("show")
    assert tomllib.loads(again.output) == tomllib.loads(shown.output)


NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(name=NAMES.filter(lambda name: any(char.isalnum() for char in name)))
def test_any_name_loads_and_comes_back_as_it_was_shown(name: str) -> None:
    write(f"[[platform]]\nname = {toml_value(name)}\n{TCP}")
    shown = run("show")
    assert shown.exit_code == 0, shown.stderr
    write(shown.output)
    assert run("check").exit_code == 0
    assert tomllib.loads(run("show").output) == tomllib.loads(shown.output)


def test_a_hostile_name_is_shown_literally() -> None:
    write(platform('q\\"\\n[bold]\\u001b]0;x\\u0007\\u202e漢字'))
    result = run("show")
    name = tomllib.loads(result.output)["platform"][0]["name"]
    assert name == 'q"\\n[bold]\\x1b]0;x\\x07\\u202e漢字'
