"""Numbers each event, folds it into the one snapshot, and tells the readers.

Order matters: an event is folded before it is told, so whoever hears of it can look
at a snapshot that has it. Publishing never waits; what is no news may: a result as
good as the one before is told with the next event, or within TOLD_WITHIN_S, because
many at once cost a third of one at a time. A reader has a bounded queue; one
that falls behind loses its queue and gets a fresh snapshot instead, which is the same
thing as a reconnect, and costs the engine nothing.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from datetime import datetime

from conductor_tui.domain.events import CheckFinished, Envelope, Event
from conductor_tui.domain.fold import apply, apply_checks, with_history
from conductor_tui.domain.ids import NodeName, Seq
from conductor_tui.domain.own import Stall
from conductor_tui.domain.snapshot import Mode, Snapshot
from conductor_tui.ports import Clock, Frame

READER_QUEUE = 1024
TOLD_WITHIN_S, TOLD_AT_MOST = 0.25, 64  # more at once would hold the loop


class Hub:
    """`snapshot` and `latest` may be read from any thread; the rest belongs to the
    engine's loop.
    """

    def __init__(
        self, node: NodeName, clock: Clock, *, read_only: bool = False
    ) -> None:
        self.snapshot = Snapshot(host=node, read_only=read_only)
        self._node, self._clock = node, clock
        self._readers: set[_Reader] = set()
        self._stall_now: Callable[[], Stall | None] = lambda: None
        self._waiting: list[Callable[[], CheckFinished]] = []
        self._call_off: Callable[[], None] = lambda: None
        self._listeners: list[Callable[[Envelope], None]] = []
        self._keep: Callable[[Sequence[Event]], bool] = lambda events: False

    def listen(self, hear: Callable[[Envelope], None]) -> None:
        """Have `hear` called with every later envelope, in order, within its
        publication: nothing is missed. It must be quick, and publish nothing.
        """
        self._listeners.append(hear)

    def keep_by(self, keep: Callable[[Sequence[Event]], bool]) -> None:
        """Hand what `publish_kept` gets to `keep`, which publishes it once it is kept;
        False: it cannot be kept now.
        """
        self._keep = keep

    def go_on_from(self, seq: Seq) -> None:
        """Number what comes after `seq`, up to which a conductor before this one has
        counted. Before anything is published.
        """
        self.snapshot = replace(self.snapshot, seq=seq)

    def remember(self, events: Sequence[Envelope]) -> None:
        """Put what happened before this conductor into the logs. It is no event: who
        follows already is told by the next snapshot only.
        """
        self.snapshot = with_history(self.snapshot, events)

    def show_stalls(self, stall_now: Callable[[], Stall | None]) -> None:
        """Let `latest` say what `stall_now` gives: while the loop stands still, no
        event can.
        """
        self._stall_now = stall_now

    def latest(self) -> Snapshot:
        """Return the newest snapshot, with the stall of this moment. Any thread."""
        snapshot, stall = self.snapshot, self._stall_now()
        if stall is None:
            return snapshot
        return replace(snapshot, own=replace(snapshot.own, stall=stall))

    def tell_soon(self, finished: Callable[[], CheckFinished]) -> None:
        """Publish what `finished` gives before the next event, or in a moment."""
        if not self._waiting:
            self._call_off = self._clock.alarm(TOLD_WITHIN_S, self._catch_up)
        self._waiting.append(finished)
        if len(self._waiting) >= TOLD_AT_MOST:
            self._catch_up()

    def _catch_up(self) -> None:
        waiting, self._waiting = self._waiting, []
        if not waiting:
            return
        self._call_off()
        at = self._clock.now()
        envelopes = [
            self._envelope(finished(), at, ahead)
            for ahead, finished in enumerate(waiting)
        ]
        self.snapshot = apply_checks(self.snapshot, envelopes)
        for reader in self._readers:
            for envelope in envelopes:
                reader.offer(envelope)
        for hear in self._listeners:
            for envelope in envelopes:
                hear(envelope)

    def publish(self, event: Event) -> Envelope:
        if self._waiting:
            self._catch_up()
        envelope = self._envelope(event, self._clock.now())
        self.snapshot = apply(self.snapshot, envelope)
        for reader in self._readers:
            reader.offer(envelope)
        for hear in self._listeners:
            hear(envelope)
        return envelope

    def publish_kept(self, events: Sequence[Event]) -> None:
        """Publish what must survive a crash: in a moment, once it is in the journal.
        Nobody sees what a crash could take back. Later events may be told before it.
        """
        if events and not self._keep(events):
            for event in events:
                self.publish(event)

    def _envelope(self, event: Event, at: datetime, ahead: int = 0) -> Envelope:
        return Envelope(
            seq=Seq(self.snapshot.seq + 1 + ahead),
            node=self._node,
            at=at,
            event=event,
        )

    async def follow(self) -> AsyncIterator[Frame]:
        """See ports.Session.follow. For readers on the engine's own loop."""
        reader = _Reader()
        self._readers.add(reader)
        try:
            yield self.snapshot
            while True:
                await reader.news.wait()
                if reader.fell_behind:
                    reader.start_again()
                    yield self.snapshot
                for envelope in reader.take():
                    yield envelope
        finally:
            self._readers.discard(reader)

    def close(self) -> None:
        """Mark the snapshot: nothing after this is live."""
        self._catch_up()
        self.snapshot = replace(self.snapshot, mode=Mode.STOPPED)


class _Reader:
    """One follower's queue. Holds READER_QUEUE envelopes; then it has fallen behind."""

    def __init__(self) -> None:
        self.news = asyncio.Event()
        self.fell_behind = False
        self._queue: deque[Envelope] = deque()

    def offer(self, envelope: Envelope) -> None:
        if len(self._queue) >= READER_QUEUE:
            self.fell_behind = True
            self._queue.clear()
        if not self.fell_behind:
            self._queue.append(envelope)
        self.news.set()

    def start_again(self) -> None:
        self.fell_behind = False
        self._queue.clear()

    def take(self) -> list[Envelope]:
        taken = list(self._queue)
        self._queue.clear()
        self.news.clear()
        return taken
