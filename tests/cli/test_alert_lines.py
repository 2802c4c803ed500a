"""How alerts are printed, and how they are found without a conductor."""

import asyncio
import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from conductor_tui.adapters.journal.alerts import SqliteAlertJournal
from conductor_tui.adapters.wire.alerts import alert_parts
from conductor_tui.cli import main
from conductor_tui.cli.alert_lines import all_lines, open_lines
from conductor_tui.cli.alerts import exit_code
from conductor_tui.cli.asking import Document
from conductor_tui.cli.exits import ExitCode
from conductor_tui.domain.alert import (
    Ack,
    AlertView,
    ChannelView,
    DeliveryState,
    Severity,
)
from conductor_tui.domain.alert_events import AlertsRestored, ChannelChanged
from conductor_tui.domain.alert_fold import AlertsView, apply_alerts
from conductor_tui.domain.ids import ChannelName
from conductor_tui.ports import AlertRecord
from conductor_tui.testing import EPOCH, FakeClock
from tests.adapters.journal.records import alert, delivery, recovery, silence

NOW = EPOCH + timedelta(minutes=5)
ACK = Ack(by="ann", why="on it", at=EPOCH)


def document(*alerts: AlertView, **more: object) -> Document:
    restored = AlertsRestored(alerts=alerts, **more)  # type: ignore[arg-type]
    return shown(apply_alerts(AlertsView(), restored))


def shown(view: AlertsView) -> Document:
    parts = {key: list(documents) for key, documents in alert_parts(view)}
    head = {"live": True, "host": "web-7", "at": None, "trouble": view.trouble}
    read: Document = json.loads(json.dumps({**head, **parts}))
    return read


@pytest.mark.parametrize(
    ("severities", "code"),
    [
        ([], ExitCode.OK),
        ([Severity.INFO], ExitCode.OK),
        ([Severity.INFO, Severity.WARNING], ExitCode.DEGRADED),
        ([Severity.CRITICAL, Severity.WARNING], ExitCode.FAILED),
    ],
)
def test_the_exit_code_is_that_of_the_worst(
    severities: Iterable[Severity], code: ExitCode
) -> None:
    alerts = [
        replace(alert(f"p{number}"), severity=severity)
        for number, severity in enumerate(severities)
    ]
    assert exit_code(document(*alerts)) is code


def test_one_that_is_over_is_no_reason_for_an_exit_code() -> None:
    assert exit_code(document(alert(ended=60))) is ExitCode.OK


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, "not told"),
        ({"told": "FAILED"}, "told"),
        ({"told": "DEGRADED"}, "not told"),
        ({"quiet": "silenced by ann"}, "silenced by ann"),
        ({"is_flapping": True}, "flapping"),
        ({"ack": ACK, "quiet": "silenced"}, "acked by ann: on it"),
        ({"ack": replace(ACK, why="")}, "acked by ann"),
        ({"ack": replace(ACK, sticky=True)}, "acked by ann until it is well: on it"),
    ],
)
def test_who_knows_of_an_alert_is_shown(more: dict[str, object], said: str) -> None:
    changed = replace(alert(), why="no route", **more)  # type: ignore[arg-type]
    assert list(open_lines(document(changed), NOW)) == [
        f"CRITICAL  platform:redis  FAILED  5 m  {said}  no route"
    ]


def test_the_worst_comes_first_then_the_oldest() -> None:
    warning = replace(alert("b", at=-9), severity=Severity.WARNING)
    lines = open_lines(document(warning, alert("d", at=2), alert("c", at=1)), NOW)
    assert [line.split()[1] for line in lines] == [
        "platform:c",
        "platform:d",
        "platform:b",
    ]


def test_what_keeps_people_from_hearing_of_it_is_said() -> None:
    given_up = delivery(3, DeliveryState.GIVEN_UP)
    view = apply_alerts(
        AlertsView(),
        AlertsRestored(
            deliveries=(delivery(1), delivery(2), given_up), trouble="the disk is full"
        ),
    )
    ops = ChannelView(name=ChannelName("ops"), kind="webhook", trouble="401")
    view = apply_alerts(view, ChannelChanged(channel=ops))
    assert list(open_lines(shown(view), NOW)) == [
        "no alert is open",
        "journal: the disk is full",
        "channel ops: 401",
        "outbox: 2 WAITING",
        "outbox: 1 GIVEN UP",
    ]


def test_everything_has_its_heading() -> None:
    everything = document(
        alert("b", ended=60),
        silences=(silence(),),
        deliveries=(delivery(1), delivery(2, DeliveryState.SENT, ended=EPOCH)),
        recoveries=(recovery(),),
    )
    headings = [one for one in all_lines(everything, NOW) if one.endswith(":")]
    assert headings == ["Silences:", "Outbox:", "Recoveries:", "Ended:", "Delivered:"]


def test_what_a_terminal_would_obey_is_shown_instead() -> None:
    """Who was asked by TCP may be anybody."""
    hostile = document(replace(alert("\x1b]0;x\a"), why="\x1b[2J\n"))
    [line] = open_lines(hostile, NOW)
    assert line.isprintable()
    assert "\\x1b[2J" in line


@pytest.fixture
def journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The usual place of the journal of a user whose conductor does not run."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "state" / "conductor-tui" / "journal.db"


def keep(path: Path, *records: AlertRecord) -> None:
    async def write() -> None:
        kept = SqliteAlertJournal(path, FakeClock())
        await kept.open()
        await kept.keep(records)
        await kept.close()

    asyncio.run(write())


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["alerts", *words])


def test_without_a_conductor_its_journal_says_how_it_stood(journal: Path) -> None:
    keep(journal, alert("redis"), silence(), delivery())
    before = journal.read_bytes()
    done = run()
    assert done.exit_code == ExitCode.FAILED
    assert done.stdout.startswith("CRITICAL  platform:redis  FAILED  ")
    assert done.stdout.endswith("outbox: 1 WAITING\n")
    assert done.stderr == (
        f"conductor-tui: nobody answers at unix:{journal.parents[2]}/conductor-tui/"
        f"conductor.sock: this is how it stood in {journal}\n"
    )
    assert journal.read_bytes() == before


def test_a_journal_as_json_says_that_it_is_not_live(journal: Path) -> None:
    keep(journal, alert("redis", ended=60))
    done = run("--json")
    assert done.exit_code == ExitCode.OK
    found = json.loads(done.stdout)
    assert (found["live"], found["open"]) == (False, [])
    assert [one["key"] for one in found["ended"]] == ["platform:redis"]


def test_the_journal_may_lie_elsewhere(journal: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere" / "j.db"
    keep(elsewhere, alert("redis"))
    settings = tmp_path / "conductor.toml"
    settings.write_text(f'[journal]\npath = "{elsewhere}"\n')
    assert run("--config", str(settings)).exit_code == ExitCode.FAILED
    assert not journal.exists()
