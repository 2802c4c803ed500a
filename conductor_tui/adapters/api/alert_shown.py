"""What is known of alerts, as JSON for other programs. It holds no secret.

An outbox may hold ten thousand: it is written by handfuls, and others get their turn
between them.
"""

import asyncio
import json

from conductor_tui.adapters.api.asking import ProblemError
from conductor_tui.adapters.api.exchange import JSON, Answer, as_json
from conductor_tui.adapters.wire.alerts import (
    alert_document,
    alert_parts,
    iso,
    silence_document,
)
from conductor_tui.domain.ids import AlertKey
from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.domain.text import visible

HANDFUL = 100


async def show_all(snapshot: Snapshot) -> Answer:
    head = {
        "host": snapshot.host,
        "at": iso(snapshot.at),
        "trouble": snapshot.alerts.trouble,
    }
    members = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in head.items()]
    for key, documents in alert_parts(snapshot.alerts):
        written = []
        for number, document in enumerate(documents, start=1):
            if number % HANDFUL == 0:
                await asyncio.sleep(0)
            written.append(json.dumps(document))
        members.append(f"{json.dumps(key)}: [{', '.join(written)}]")
    return Answer(200, f"{{{', '.join(members)}}}".encode(), JSON)


def show_one(snapshot: Snapshot, key: AlertKey) -> Answer:
    alert = snapshot.alerts.open.get(key)
    if alert is None:
        raise ProblemError(404, f"no alert of {visible(key)!r} is open")
    return as_json(200, alert_document(alert))


def show_silences(snapshot: Snapshot) -> Answer:
    shown = [silence_document(one) for one in snapshot.alerts.silences.in_order()]
    return as_json(200, {"silences": shown})
