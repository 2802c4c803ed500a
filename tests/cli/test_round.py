"""`status` and `check` against a real redis-server and a port where nothing is."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from conductor_tui.adapters.breaker import PlatformBreaker
from conductor_tui.adapters.discovery.listeners import ListenerDiscovery
from conductor_tui.adapters.retry import TenacityRetry
from conductor_tui.adapters.system_clock import SystemClock
from conductor_tui.cli import main, one_round
from conductor_tui.cli.output import aligned
from conductor_tui.cli.status import exit_code, status_lines
from conductor_tui.domain.check import Finding, Outcome
from conductor_tui.domain.health import Health, HealthRun
from conductor_tui.domain.ids import PlatformName
from conductor_tui.domain.roster import Roster
from conductor_tui.domain.settings import PlatformSettings, Settings
from conductor_tui.domain.snapshot import PlatformView, Snapshot
from conductor_tui.engine.conductor import World
from conductor_tui.testing import (
    FakeCanary,
    FakeOwnMeter,
    FakeSampler,
    FakeWatchdog,
    ScriptedProbe,
)
from tests.build import result, spec
from tests.cli.documents import shown
from tests.servers.daemon import free_port
from tests.servers.redis import redis_server

Run = Callable[..., Result]


@pytest.fixture(scope="module")
def redis_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    port = free_port()
    with redis_server(tmp_path_factory.mktemp("redis"), port=port):
        yield port


@pytest.fixture
def run(tmp_path: Path, redis_port: int) -> Run:
    """Run a command on a conductor.toml with "up", a redis, and "down", nothing."""

    def run(*args: str, watch: str = "up down", failures: int = 3) -> Result:
        ports = {"up": redis_port, "down": free_port()}
        tables = [
            f'[[platform]]\nname = "{name}"\nprobe = "redis"\n'
            f'target = "127.0.0.1:{ports[name]}"\nbreaker.failures = {failures}\n'
            for name in watch.split()
        ]
        file = tmp_path / "conductor.toml"
        file.write_text("[engine]\ntimeout = '2s'\n" + "\n".join(tables))
        return CliRunner().invoke(main, ["--config", str(file), *args])

    return run


def test_status_of_a_healthy_host_is_0_with_a_line_per_platform(run: Run) -> None:
    result = run("status", "--once", watch="up")
    assert result.exit_code == 0
    assert "HEALTHY" in result.output
    assert "PONG" in result.output


def test_one_bad_result_is_degraded_and_1(run: Run) -> None:
    result = run("status", "--once")
    assert result.exit_code == 1
    assert "DEGRADED" in result.output


def test_confirmed_it_is_failed_open_and_2(run: Run) -> None:
    result = run("status", "--once", "--confirm", "--json")
    assert result.exit_code == 2
    up, down = json.loads(result.output)["platforms"]
    assert (up["health"], up["breaker"]) == ("HEALTHY", "CLOSED")
    assert (down["health"], down["breaker"], down["failures"]) == ("FAILED", "OPEN", 3)
    assert down["last_error"] == "connection refused"


def test_a_platform_that_bears_one_failure_is_failed_at_once(run: Run) -> None:
    assert run("status", "--once", failures=1).exit_code == 2


def test_the_json_has_every_promised_key(run: Run) -> None:
    document = json.loads(run("status", "--once", "--json").output)
    assert document.keys() >= {
        *("host", "seq", "at", "load", "resources", "platforms", "agents", "alerts")
    }
    assert document["platforms"][0].keys() >= {
        *("name", "group", "probe", "target", "health", "breaker", "hold"),
        *("failures", "latency_ms", "last_error", "age_s", "next_check_s"),
    }
    assert 0 < document["resources"]["ram_percent"] <= 100


def test_a_conductor_that_runs_is_not_asked_about_another_file(run: Run) -> None:
    result = run("status")  # with --config
    assert result.exit_code == 64
    assert "--confirm and --config belong to --once" in result.output


def test_check_names_what_it_checks(run: Run) -> None:
    result = run("check", "up")
    assert result.exit_code == 0
    assert result.output.startswith("up")
    assert "down" not in result.output


def test_check_tells_a_pass_that_needs_a_look(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "old"
    file.touch()
    os.utime(file, (0, 0))
    settings = tmp_path / "files.toml"
    settings.write_text(
        '[engine]\ntimeout = "2s"\n[[platform]]\nname = "dump"\nprobe = "file"\n'
        f'target = "{file}"\nwarn_age = "26h"\n'
    )
    result = run("check", "dump", "--config", str(settings))
    assert "warns: older than 26h" in result.output


def test_check_of_something_broken_is_2(run: Run) -> None:
    result = run("check", "--all", "--json")
    assert result.exit_code == 2
    outcomes = {r["name"]: r["outcome"] for r in json.loads(result.output)}
    assert outcomes == {"up": "passed", "down": "failed"}


def test_a_name_given_twice_is_checked_once(run: Run) -> None:
    result = run("check", "up", "up", "--json")
    assert result.exit_code == 0
    assert [one["name"] for one in json.loads(result.output)] == ["up"]


@pytest.mark.parametrize(
    ("healths", "code"),
    [
        pytest.param([Health.HEALTHY, Health.HEALTHY], 0, id="all healthy"),
        pytest.param([Health.HEALTHY, Health.UNKNOWN], 3, id="one not asked"),
        pytest.param([Health.DEGRADED, Health.UNKNOWN], 1, id="one degraded"),
        pytest.param([Health.CRITICAL, Health.HEALTHY], 1, id="one critical"),
        pytest.param([Health.UNKNOWN, Health.FAILED], 2, id="one failed"),
        pytest.param([], 3, id="none at all"),
    ],
)
def test_the_exit_code_is_0_only_when_all_are_healthy(
    healths: list[Health], code: int
) -> None:
    views = {
        PlatformName(f"p{n}"): PlatformView(spec=spec(f"p{n}"), run=HealthRun(health))
        for n, health in enumerate(healths)
    }
    assert exit_code(shown(Snapshot(platforms=Roster(views)))) == code


def test_why_a_breaker_opened_is_told_though_it_refused_a_check_since() -> None:
    broken = result("api", Outcome.FAILED, detail="connection refused")
    refused = result("api", Outcome.REFUSED, detail="breaker OPEN")
    view = PlatformView(spec=spec("api"), word=broken, last=refused)
    (line,) = status_lines(shown(Snapshot(platforms=Roster({view.name: view}))))
    assert line.endswith("connection refused")


def test_columns_stand_below_each_other_though_names_are_wide() -> None:
    assert aligned(["日本", "api"]) == ["日本", "api "]


def test_a_round_has_no_beats_that_would_check_a_platform_twice(run: Run) -> None:
    found = json.loads(run("status", "--once", "--json").output)["platforms"]
    assert [one["next_check_s"] for one in found] == [None] * len(found)


@pytest.mark.parametrize(
    ("finding", "code"),
    [
        pytest.param(
            Finding(Outcome.INCONCLUSIVE, "too many open files"), 3, id="no way to ask"
        ),
        pytest.param(
            Finding(Outcome.PASSED, "certificate ends in 6 days", warns=True),
            1,
            id="a warning, which is certain at once",
        ),
    ],
)
def test_confirm_does_not_ask_for_ever(
    monkeypatch: pytest.MonkeyPatch, finding: Finding, code: int
) -> None:
    clock = SystemClock()
    probe = ScriptedProbe(finding)
    world = World(
        clock=clock,
        sampler=FakeSampler(),
        discovery=ListenerDiscovery(),
        open_probe=lambda _: probe,
        open_gate=lambda p: PlatformBreaker(p.spec.platform, p.spec.breaker, clock),
        retry=TenacityRetry(clock),
        watchdog=FakeWatchdog(),
        canary=FakeCanary(),
        own_meter=FakeOwnMeter(),
    )
    monkeypatch.setattr(one_round, "real_world", lambda check_of=None: world)
    asked = PlatformSettings(spec=spec("api"), options=None)
    snapshot = one_round.run_one_round(Settings(), [asked], confirm=True)
    assert exit_code(shown(snapshot)) == code
    assert probe.calls == 1


def test_a_name_that_is_not_there_is_64_and_names_those_that_are(run: Run) -> None:
    result = run("check", "api")
    assert result.exit_code == 64
    assert "no platform is called 'api'; there are: up, down" in result.output
    assert "'upp': did you mean up?" in run("check", "upp").output


@pytest.mark.parametrize(
    "args",
    [
        pytest.param(["--nonsense"], id="an unknown option"),
        pytest.param(["nonsense"], id="an unknown command"),
        pytest.param(["check"], id="a check of nothing"),
        pytest.param(["check", "up", "--all"], id="a check of one and of all"),
        pytest.param(["--read-only", "check", "up"], id="read-only without dashboard"),
    ],
)
def test_a_usage_error_is_64_in_words(run: Run, args: list[str]) -> None:
    result = run(*args)
    assert result.exit_code == 64
    assert "Error: " in result.output


def test_a_broken_file_is_78_with_every_problem(tmp_path: Path) -> None:
    file = tmp_path / "conductor.toml"
    file.write_text("[engine]\ninterval = 5\n[load]\nbogus = 1\n")
    result = CliRunner().invoke(main, ["--config", str(file), "status", "--once"])
    assert result.exit_code == 78
    assert "interval" in result.output
    assert "bogus" in result.output


def test_help_shows_examples_and_version_the_version() -> None:
    assert "Examples:" in CliRunner().invoke(main, ["--help"]).output
    version = CliRunner().invoke(main, ["--version"])
    assert (version.exit_code, version.output) == (0, "conductor-tui, version 0.1.0\n")
