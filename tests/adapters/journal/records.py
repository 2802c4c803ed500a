"""Records in one word, and strategies for every kind of them."""

from datetime import datetime, timedelta

from hypothesis import strategies as st

from conductor_tui.domain.alert import (
    Ack,
    AlertView,
    Delivery,
    DeliveryState,
    Notice,
    NoticeKind,
    RecoveryState,
    RecoveryView,
    Scope,
    Severity,
    Silence,
    Subject,
    SubjectKind,
)
from conductor_tui.domain.ids import ChannelName, DeliveryId, NodeName, SilenceId
from conductor_tui.testing import EPOCH


def subject(name: str = "redis") -> Subject:
    return Subject(kind=SubjectKind.PLATFORM, name=name)


def alert(
    name: str = "redis", *, at: float = 0, ended: float | None = None
) -> AlertView:
    opened = EPOCH + timedelta(seconds=at)
    return AlertView(
        subject=subject(name),
        state="FAILED",
        severity=Severity.CRITICAL,
        since=opened,
        opened_at=opened,
        ended_at=None if ended is None else EPOCH + timedelta(seconds=ended),
    )


def notice(number: int = 1, *, at: datetime = EPOCH) -> Notice:
    return Notice(
        id=f"n{number}",
        kind=NoticeKind.OPENED,
        subject=subject(),
        state="FAILED",
        severity=Severity.CRITICAL,
        text=f"redis is FAILED, {number}",
        at=at,
        opened_at=at,
        host=NodeName("web-7"),
    )


def delivery(
    number: int = 1,
    state: DeliveryState = DeliveryState.WAITING,
    *,
    channel: str = "ops",
    ended: datetime | None = None,
) -> Delivery:
    return Delivery(
        id=DeliveryId(number),
        channel=ChannelName(channel),
        notice=notice(number),
        state=state,
        ended_at=ended,
    )


def silence(name: str = "s1") -> Silence:
    return Silence(
        id=SilenceId(name),
        scope=Scope(names=frozenset({"redis"})),
        by="root",
        why="moving it",
        at=EPOCH,
        until=EPOCH + timedelta(hours=1),
    )


def recovery(name: str = "redis", *, at: float = 0) -> RecoveryView:
    return RecoveryView(
        subject=subject(name),
        action="systemd restart redis.service",
        why="it is FAILED",
        at=EPOCH + timedelta(seconds=at),
        state=RecoveryState.RUNNING,
    )


_TEXT = st.text(max_size=20)
_MOMENTS = st.timedeltas(timedelta(days=-20_000), timedelta(days=60_000)).map(
    lambda passed: EPOCH + passed
)
st.register_type_strategy(datetime, _MOMENTS)
_SUBJECTS = st.builds(Subject, group=_TEXT, tags=st.tuples(_TEXT, _TEXT))
_NOTICES = st.builds(Notice, subject=_SUBJECTS, members=st.tuples(_SUBJECTS))
_ENDS = st.none() | _MOMENTS
_NAMES = st.frozensets(_TEXT, max_size=3)
_SCOPES = st.builds(Scope, names=_NAMES, groups=_NAMES, tags=_NAMES)
_IDS = st.integers(min_value=1, max_value=2**62)

RECORDS = st.one_of(
    st.builds(
        AlertView,
        subject=_SUBJECTS,
        ended_at=_ENDS,
        told_at=_ENDS,
        ack=st.none() | st.builds(Ack),
        members=st.tuples(_SUBJECTS, _SUBJECTS),
        is_flapping=st.booleans(),
        reminders=st.integers(0, 99),
    ),
    st.builds(Silence, scope=_SCOPES),
    st.builds(
        Delivery,
        id=_IDS,
        notice=_NOTICES,
        state=st.sampled_from(DeliveryState),
        attempts=st.integers(0, 99),
        next_at=_ENDS,
        ended_at=_ENDS,
        error=_TEXT,
    ),
    st.builds(RecoveryView, subject=_SUBJECTS, ended_at=_ENDS, words=_TEXT),
)
