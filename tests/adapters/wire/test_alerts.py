"""Alerts as `status --json`, `alerts --json` and GET /v1/alerts give them."""

import json
from dataclasses import replace
from datetime import timedelta

from conductor_tui.adapters.wire.alerts import (
    alert_document,
    alert_parts,
    delivery_document,
    recovery_document,
)
from conductor_tui.adapters.wire.status import status_document
from conductor_tui.domain.alert import Ack, DeliveryState, Subject, SubjectKind
from conductor_tui.domain.alert_events import AlertsRestored
from conductor_tui.domain.alert_fold import AlertsView, apply_alerts
from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.testing import EPOCH
from tests.adapters.journal.records import alert, delivery, recovery, silence


def test_the_status_document_has_the_open_alerts() -> None:
    restored = AlertsRestored(alerts=(alert("redis"), alert("db", ended=60)))
    snapshot = Snapshot(alerts=apply_alerts(AlertsView(), restored))
    document = json.loads(json.dumps(status_document(snapshot, EPOCH)))
    assert [one["key"] for one in document["alerts"]] == ["platform:redis"]


def test_an_alert_is_told_with_who_knows_of_it() -> None:
    told = alert_document(
        replace(
            alert("redis"),
            told="FAILED",
            told_at=EPOCH,
            ack=Ack(by="ann", why="on it", at=EPOCH, sticky=True, origin="tty1"),
            members=(Subject(kind=SubjectKind.PLATFORM, name="db"),),
        )
    )
    assert (told["key"], told["kind"], told["name"]) == (
        "platform:redis",
        "platform",
        "redis",
    )
    assert (told["state"], told["severity"]) == ("FAILED", "CRITICAL")
    assert (told["ended_at"], told["told"]) == (None, "FAILED")
    assert told["since"] == told["opened_at"] == told["told_at"]
    assert told["ack"] == {
        "by": "ann",
        "why": "on it",
        "at": EPOCH.isoformat(timespec="milliseconds"),
        "sticky": True,
        "origin": "tty1",
    }
    assert told["members"] == ["platform:db"]


def test_a_delivery_is_told_with_its_notice_and_how_long_it_took() -> None:
    ended = EPOCH + timedelta(seconds=2)
    told = delivery_document(delivery(7, DeliveryState.SENT, ended=ended))
    assert (told["id"], told["channel"], told["state"]) == (7, "ops", "SENT")
    assert told["latency_s"] == 2.0
    assert (told["notice"]["id"], told["notice"]["kind"]) == ("n7", "OPENED")
    assert told["notice"]["key"] == "platform:redis"


def test_every_kind_of_record_has_its_list_and_is_plain_json() -> None:
    restored = AlertsRestored(
        alerts=(alert("a"), alert("b", ended=60)),
        silences=(silence(),),
        deliveries=(delivery(1), delivery(2, DeliveryState.SENT, ended=EPOCH)),
        recoveries=(recovery(),),
    )
    view = apply_alerts(AlertsView(), restored)
    parts = {key: list(documents) for key, documents in alert_parts(view)}
    assert {key: len(some) for key, some in parts.items()} == {
        "open": 1,
        "ended": 1,
        "silences": 1,
        "channels": 0,
        "outbox": 1,
        "delivered": 1,
        "recoveries": 1,
    }
    assert json.loads(json.dumps(parts)) == parts
    assert parts["recoveries"] == [recovery_document(recovery())]
