"""The files for other programs are what those programs read."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from conductor_tui.adapters.settings.file import load_settings
from conductor_tui.cli.assets import ASSETS, _read, assets
from tests.adapters.metrics.test_metrics import rendered
from tests.build import added


def run(*argv: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(assets, argv, standalone_mode=False)
    words = str(done.exception or "")
    return int(done.return_value or 0), done.stdout, words


def test_all_are_listed_and_each_is_shown() -> None:
    _, listed, _ = run()
    assert [line.split()[0] for line in listed.splitlines()] == list(ASSETS)
    for name in ASSETS:
        assert run("show", name)[1] == _read(name)


def test_an_unknown_one_is_said_with_what_is_meant() -> None:
    assert "did you mean grafana.json" in run("show", "grafana")[2]


def test_they_are_written_but_never_over_what_is_there(tmp_path: Path) -> None:
    assert run("write", str(tmp_path / "new"), "grafana.json")[0] == 0
    written = tmp_path / "new" / "grafana.json"
    written.write_text("mine")
    assert "is there already" in run("write", str(tmp_path / "new"))[2]
    assert written.read_text() == "mine"
    assert sorted(one.name for one in (tmp_path / "new").iterdir()) == ["grafana.json"]
    run("write", str(tmp_path / "new"), "--force")
    assert {one.name for one in (tmp_path / "new").iterdir()} == set(ASSETS)
    assert written.read_text() == _read("grafana.json")


def test_the_example_settings_can_be_used(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    path = tmp_path / "conductor.toml"
    path.write_text(_read("conductor.example.toml"))
    assert [str(one.spec.platform) for one in load_settings(path).platforms] == [
        "postgres",
        "web",
    ]


async def test_the_dashboard_and_the_rules_ask_for_metrics_that_there_are() -> None:
    text = await rendered(added("api"), gauges={"conductor_journal_up": 1.0})
    known = {line.split()[2] for line in text.splitlines() if line.startswith("# HELP")}
    known |= {f"{name}_bucket" for name in known}
    # these have a sample only while the engine runs
    known |= {"conductor_lateness_p99_seconds", "conductor_loop_lag_max_seconds"}
    known |= {"conductor_cpu_ratio", "conductor_resident_memory_bytes"}
    known |= {"conductor_check_overruns_total", "conductor_start_time_seconds"}
    asked = _names_in(_read("conductor-tui.rules.yml"), "expr: ")
    board = json.loads(_read("grafana.json"))
    for panel in board["panels"]:
        for target in panel["targets"]:
            asked |= _metric_names(target["expr"])
    assert asked - known == set()
    assert len(asked) > 15


def _names_in(text: str, mark: str) -> set[str]:
    lines = (line for line in text.splitlines() if mark in line)
    return {name for line in lines for name in _metric_names(line.split(mark, 1)[1])}


def _metric_names(expr: str) -> set[str]:
    import re

    beginnings = ("conductor_", "health_check_", "circuit_breaker_", "platform_health")
    found = re.findall(r"[a-z_][a-z0-9_]+", expr)
    return {name for name in found if name.startswith((*beginnings, "system_res"))}


@pytest.mark.server
@pytest.mark.skipif(not shutil.which("promtool"), reason="no promtool here")
def test_promtool_accepts_the_rules(tmp_path: Path) -> None:
    path = tmp_path / "rules.yml"
    path.write_text(_read("conductor-tui.rules.yml"))
    done = subprocess.run(
        ["promtool", "check", "rules", path], capture_output=True, text=True
    )
    assert (done.returncode, "SUCCESS" in done.stdout) == (0, True)


@pytest.mark.server
@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd here")
def test_systemd_accepts_the_unit(tmp_path: Path) -> None:
    path = tmp_path / "conductor-tui.service"
    path.write_text(_read("conductor-tui.service"))
    done = subprocess.run(
        ["systemd-analyze", "verify", path], capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
