"""When a frame is drawn at once, and when it may wait for the clock."""

from dataclasses import replace
from datetime import timedelta

import pytest

from conductor_tui.domain.events import Event
from conductor_tui.domain.fold import replay
from conductor_tui.domain.health import Health
from conductor_tui.domain.snapshot import Mode, Snapshot
from conductor_tui.testing import EPOCH
from conductor_tui.tui.messages import SnapshotChanged
from conductor_tui.tui.news import is_news
from tests.build import added, history, passed, turned

BEFORE = replay(Snapshot(), history(added("api")))


def after(event: Event) -> Snapshot:
    return replay(BEFORE, history(added("web"), event)[1:])


@pytest.mark.parametrize(
    ("snapshot", "later_s", "news"),
    [
        pytest.param(BEFORE, 0.25, False, id="nothing"),
        pytest.param(after(passed("api")), 0.25, False, id="a result can wait"),
        pytest.param(after(passed("api")), 1.0, True, id="until the next second"),
        pytest.param(
            after(turned("api", Health.HEALTHY, Health.DEGRADED)),
            0.25,
            True,
            id="another health",
        ),
        pytest.param(after(added("web")), 0.25, True, id="another platform"),
        pytest.param(replace(BEFORE, mode=Mode.STOPPED), 0.25, True, id="mode"),
        pytest.param(replace(BEFORE, read_only=True), 0.25, True, id="read-only"),
        pytest.param(Snapshot(mode=Mode.LIVE), 0.25, True, id="another session"),
    ],
)
def test_what_is_drawn_at_once(snapshot: Snapshot, later_s: float, news: bool) -> None:
    message = SnapshotChanged(snapshot, EPOCH + timedelta(seconds=later_s))

    assert is_news(message, SnapshotChanged(BEFORE, EPOCH)) is news
