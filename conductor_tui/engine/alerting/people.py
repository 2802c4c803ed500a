"""What people ask for about alerts: acks, silences, deliveries again, a test."""

from datetime import timedelta
from uuid import uuid4

from conductor_tui.domain.alert import (
    Ack,
    AlertView,
    Notice,
    NoticeKind,
    Severity,
    Silence,
    Subject,
    SubjectKind,
)
from conductor_tui.domain.commands import (
    AckAlert,
    AlertCommand,
    DiscardDelivery,
    EndSilence,
    RedriveDelivery,
    SilenceAlerts,
    TestChannel,
    UnackAlert,
)
from conductor_tui.domain.duration import format_duration
from conductor_tui.domain.ids import AlertKey, SilenceId
from conductor_tui.domain.text import one_line
from conductor_tui.engine.alerting.book import AlertBook
from conductor_tui.engine.alerting.outbox import Outbox
from conductor_tui.engine.hub import Hub
from conductor_tui.engine.refusal import Refused
from conductor_tui.ports import Clock

LONGEST_SILENCE_S = 30 * 86_400.0
MOST_SILENCES = 200
_REASON = 200  # characters of a reason that are kept


class People:
    """Carries commands out. Each raises Refused, in words, when it cannot be."""

    def __init__(self, book: AlertBook, outbox: Outbox, hub: Hub, clock: Clock) -> None:
        self._book, self._outbox = book, outbox
        self._hub, self._clock = hub, clock

    async def carry_out(self, command: AlertCommand) -> str:
        """Return the answer's words."""
        match command:
            case AckAlert():
                return self._ack(command)
            case UnackAlert():
                return self._unack(command)
            case SilenceAlerts():
                return self._silence(command)
            case EndSilence():
                return self._end_silence(command)
            case RedriveDelivery(delivery=number):
                return await self._outbox.redrive(number)
            case DiscardDelivery(delivery=number, why=why):
                if not one_line(why):
                    raise Refused("a notice is discarded with a reason only")
                words = f"{one_line(why, _REASON)} (by {command.by})"
                return await self._outbox.discard(number, words)
            case TestChannel():
                return self._test(command)

    def _ack(self, command: AckAlert) -> str:
        alert = self._open(command.alert)
        if alert.ack is not None and alert.ack.sticky >= command.sticky:
            raise Refused(f"{alert.ack.by} has acknowledged it already")
        ack = Ack(
            by=command.by,
            why=one_line(command.why, _REASON),
            at=self._clock.now(),
            sticky=command.sticky,
            origin=command.origin,
        )
        self._book.ack(command.alert, ack)
        if command.sticky:
            return "acknowledged until it is well: nothing more is told before"
        return f"acknowledged: no reminders while it is {alert.state}"

    def _unack(self, command: UnackAlert) -> str:
        if self._open(command.alert).ack is None:
            raise Refused("nobody has acknowledged it")
        self._book.unack(command.alert, command.by)
        return "acknowledged no more: reminders go on"

    def _silence(self, command: SilenceAlerts) -> str:
        why, ttl_s = one_line(command.why, _REASON), command.ttl_s
        if not why:
            raise Refused("a silence needs a reason")
        if not 0 < ttl_s <= LONGEST_SILENCE_S:
            longest = format_duration(LONGEST_SILENCE_S)
            raise Refused(f"a silence lasts {longest} at the most: say how long")
        if len(self._book.silences) >= MOST_SILENCES:
            raise Refused(f"{MOST_SILENCES} silences are on already: end some")
        now = self._clock.now()
        silence = Silence(
            id=self._new_id(),
            scope=command.scope,
            by=command.by,
            why=why,
            at=now,
            until=now + timedelta(seconds=ttl_s),
            origin=command.origin,
        )
        self._book.silence(silence, ttl_s)
        return f"silence {silence.id}, for {format_duration(ttl_s)}"

    def _end_silence(self, command: EndSilence) -> str:
        silence = self._book.silences.get(command.silence)
        if silence is None:
            raise Refused(f"no silence {command.silence} is on")
        self._book.end_silence(silence, f"ended by {command.by}")
        return f"silence {silence.id} is over"

    def _test(self, command: TestChannel) -> str:
        names = self._outbox.channels
        if not names:
            raise Refused("no channel is set up: add a [[channel]] to the settings")
        if command.channel is not None and command.channel not in names:
            raise Refused(
                f"no channel is called {command.channel!r}: {', '.join(names)}"
            )
        wanted = names if command.channel is None else (command.channel,)
        now = self._clock.now()
        for name in wanted:
            subject = Subject(kind=SubjectKind.TEST, name=name)
            notice = Notice(
                id=uuid4().hex,
                kind=NoticeKind.TEST,
                subject=subject,
                state="TEST",
                severity=Severity.INFO,
                text=f"[TEST] channel {name}: a test that {command.by} asked for",
                at=now,
                opened_at=now,
                host=self._hub.snapshot.host,
                is_drill=True,
            )
            self._book.add(notice, only=name)
        return f"a test is on its way through {', '.join(wanted)}"

    def _open(self, key: AlertKey) -> AlertView:
        alert = self._book.alert(key)
        if alert is None:
            raise Refused(f"no alert of {key} is open")
        return alert

    def _new_id(self) -> SilenceId:
        """Short enough to type."""
        while True:
            name = SilenceId(uuid4().hex[:6])
            if self._book.silences.get(name) is None:
                return name
