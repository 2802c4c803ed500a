"""What other people do at this conductor, said as soon as it is done."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import takewhile

from conductor_tui.domain.events import Envelope
from conductor_tui.domain.ids import CommandId, Seq
from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.tui.present.viewers import Deed, deed_of

RECENT = timedelta(seconds=10)  # older, as after a reconnect, it is no news


class Neighbours:
    """Reads the log behind what it has read. `is_ours` knows our own commands."""

    def __init__(self, is_ours: Callable[[CommandId], bool]) -> None:
        self._is_ours = is_ours
        self._read_to: Seq | None = None
        self._waiting = ""

    def hear(self, snapshot: Snapshot) -> None:
        """Read what is new, of a conductor that others may be attached to."""
        deeds = self._unread(snapshot) if snapshot.by_daemon else []
        if deeds:
            more = f" (and {len(deeds) - 1} more)" if len(deeds) > 1 else ""
            self._waiting = deeds[-1].sentence + more

    def take(self) -> str:
        """Return the sentence that nobody has said yet; "" for none."""
        words, self._waiting = self._waiting, ""
        return words

    def _unread(self, snapshot: Snapshot) -> list[Deed]:
        """The deeds of others since the last look, oldest first: none at the first."""
        read_to, self._read_to = self._read_to, snapshot.seq
        if read_to is None or read_to > snapshot.seq or snapshot.at is None:
            return []  # what was before us is the digest's to tell
        newest = _after(read_to, snapshot.log)
        since = snapshot.at - RECENT
        deeds = [deed_of(one.event) for one in newest if one.at >= since]
        return [one for one in deeds if one and not self._is_of_ours(one)]

    def _is_of_ours(self, deed: Deed) -> bool:
        return deed.command is not None and self._is_ours(deed.command)


def _after(seq: Seq, envelopes: Sequence[Envelope]) -> list[Envelope]:
    newest_first = takewhile(lambda one: one.seq > seq, reversed(envelopes))
    return list(newest_first)[::-1]
