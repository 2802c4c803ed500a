"""Whatever is asked about alerts: an answer in words, and no fault of ours."""

import asyncio
import json

from hypothesis import given
from hypothesis import strategies as st

from conductor_tui.adapters.api.exchange import Answer
from conductor_tui.domain.alert_events import AlertsRestored
from conductor_tui.domain.alert_fold import AlertsView, apply_alerts
from conductor_tui.domain.commands import SilenceAlerts
from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.testing import RecordedSession
from tests.adapters.api.visit import Visitor
from tests.adapters.ear import FakeEar
from tests.adapters.journal.records import alert, delivery, silence

KNOWN = AlertsRestored(
    alerts=(alert("redis"),), silences=(silence("s1"),), deliveries=(delivery(1),)
)
VIEW = Snapshot(alerts=apply_alerts(AlertsView(), KNOWN))
FIELDS = ("names", "groups", "tags", "everything", "for", "why", "by", "sticky")
WORDS = st.sampled_from(
    [
        *("alerts", "silences", "deliveries", "platform:redis", "%2F", "s1", "1"),
        *("all", "ack", "unack", "redrive", "discard", "", "%00", "%ff", "\udc80"),
    ]
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.sampled_from(["redis", "platform:redis", "1h", "x"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)
BODIES = st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=5), VALUES).map(
    lambda said: json.dumps(said).encode()
)


def asked(session: RecordedSession, method: str, path: str, body: bytes) -> Answer:
    visitor = Visitor(FakeEar(), is_local=True, session=session)
    return asyncio.run(visitor.ask(method, path, body))


@given(
    st.sampled_from(["GET", "HEAD", "POST", "DELETE", "PUT", "\x00"]),
    st.sampled_from(["alerts", "silences", "deliveries"]),
    st.lists(WORDS, min_size=1, max_size=4),
    BODIES | st.binary(),
)
def test_every_request_is_answered_in_words(
    method: str, first: str, words: list[str], body: bytes
) -> None:
    session = RecordedSession([VIEW])
    path = "/v1/" + "/".join([first, *words])
    answer = asked(session, method, path, body)
    assert answer.status in (200, 400, 404, 405, 422, 503)
    assert (answer.status == 503) == bool(session.sent)
    json.loads(answer.body)


@given(BODIES)
def test_no_silence_comes_of_what_is_not_wholly_right(body: bytes) -> None:
    session = RecordedSession([VIEW])
    answer = asked(session, "POST", "/v1/silences", body)
    assert answer.status in (422, 503)
    for command in session.sent:
        assert isinstance(command, SilenceAlerts)
        said = json.loads(body)
        assert command.why.strip()
        assert command.ttl_s > 0
        assert command.scope.names == set(said.get("names", []))
