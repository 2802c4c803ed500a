"""What commands say about platforms that are paused, or wait for another one."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from conductor_tui.adapters.wire.status import status_document
from conductor_tui.cli import main
from conductor_tui.cli.status import status_lines
from conductor_tui.domain.check import Outcome
from conductor_tui.domain.events import (
    Event,
    OwnSampled,
    PlatformAdded,
    PlatformPaused,
    SettingsLoaded,
    SettingsRefused,
)
from conductor_tui.domain.fold import replay
from conductor_tui.domain.ids import PlatformName
from conductor_tui.domain.own import OwnSample
from conductor_tui.domain.pause import Pause, PauseKind
from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.testing import EPOCH
from tests.build import added, failed, history, passed, spec
from tests.cli.documents import shown
from tests.servers.daemon import free_port

Run = Callable[..., Result]
BACKUP = Pause(kind=PauseKind.MAINTENANCE, by="backup", why="maintenance", at=EPOCH)
WEB = replace(
    spec("web"),
    tags=("eu",),
    depends_on=(PlatformName("db"),),
    slow_after_s=0.15,
    rise=2,
)


def snapshot() -> Snapshot:
    """A database that is down, a web server that needs it, and one in maintenance."""
    bad = [failed("db", detail="connection refused")] * 3
    return replay(
        Snapshot(),
        history(
            SettingsLoaded(source="conductor.toml"),
            added("db"),
            *bad,
            PlatformAdded(spec=WEB),
            passed("web"),
            added("mail"),
            PlatformPaused(platform=PlatformName("mail"), pause=BACKUP),
        ),
    )


def test_the_json_says_who_is_paused_why_and_who_is_blocked_by_whom() -> None:
    document = status_document(snapshot(), EPOCH + timedelta(seconds=11))
    db, web, mail = document["platforms"]
    assert (web["blocked_by"], db["blocked_by"]) == ("db", None)
    assert (web["tags"], web["depends_on"]) == (["eu"], ["db"])
    assert (web["slow_after_ms"], web["rise"], web["warns"]) == (150, 2, False)
    assert (web["stale"], mail["stale"], web["paused"]) == (True, False, None)
    assert mail["paused"] == {
        "kind": "MAINTENANCE",
        "by": "backup",
        "why": "maintenance",
        "at": "2030-01-01T12:00:00.000+00:00",
        "until": None,
    }


def test_the_json_says_what_is_wrong_with_the_file_and_what_we_take_ourselves() -> None:
    own = OwnSample(at=EPOCH, late_p99_s=0.002, checks=7)
    events: list[Event] = [
        SettingsRefused(source="conductor.toml", problems=("line 3: no",)),
        OwnSampled(sample=own),
    ]
    document = status_document(replay(snapshot(), history(*events)), EPOCH)
    assert document["settings"]["source"] == "conductor.toml"
    assert document["settings"]["problems"] == ["line 3: no"]
    assert document["own"] is not None
    assert (document["own"]["late_p99_ms"], document["own"]["checks"]) == (2, 7)
    assert json.dumps(document)


def test_the_lines_say_it_in_the_place_of_the_health() -> None:
    db, web, mail = status_lines(shown(snapshot()))
    assert db.startswith("FAILED ")
    assert web.endswith("blocked by db")
    assert mail.startswith("MAINTENANCE ")
    assert mail.endswith("by backup: maintenance")
    assert len({line.index("CLOSED") for line in (db, web, mail)}) == 1


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run a command where "quiet" is paused by the file, and nothing listens."""

    def run(*args: str) -> Result:
        file = tmp_path / "conductor.toml"
        file.write_text(
            '[[platform]]\nname = "quiet"\nprobe = "tcp"\npaused = true\n'
            f'target = "127.0.0.1:{free_port()}"\n'
        )
        return CliRunner().invoke(main, ["--config", str(file), *args])

    return run


@pytest.mark.parametrize("confirm", [[], ["--confirm"]])
def test_a_round_is_over_without_those_that_are_paused(
    run: Run, confirm: list[str]
) -> None:
    result = run("status", "--once", *confirm)
    assert result.exit_code == 3  # nobody was asked: 0 would be a promise
    assert result.output.startswith("PAUSED")
    assert "by conductor.toml: paused = true" in result.output


def test_a_check_by_name_is_made_though_it_is_paused(run: Run) -> None:
    result = run("check", "quiet", "--json")
    assert [one["outcome"] for one in json.loads(result.output)] == [Outcome.FAILED]
    assert result.exit_code == 2
