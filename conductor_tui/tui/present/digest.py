"""What happened while a person was away: from events to a few lines, worst first.

Events say what came and went, the snapshot says what of it still stands. Time for which
there was no conductor counts for nothing: nobody knows what was then.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from conductor_tui.domain.events import Envelope
from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.tui.present.digest_host import alert_counts, gaps, host_items
from conductor_tui.tui.present.digest_item import Item, many
from conductor_tui.tui.present.digest_story import Story, failed_words, item_of, stories
from conductor_tui.tui.present.lens import Lens
from conductor_tui.tui.present.listing import listing
from conductor_tui.tui.present.words import span, until

_NAMED, _TOLD = 3, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """`since` says from when on, `counts` how much of each kind, `summary` that and who
    did what; `items` what happened to whom, worst first: none when nothing did.
    `trouble` says what the digest does not know, "" when it knows all.
    """

    since: str
    counts: tuple[str, ...] = ()
    summary: tuple[str, ...] = ()
    items: tuple[Item, ...] = ()
    trouble: str = ""

    @property
    def sentence(self) -> str:
        """All of it in one line, for a status line."""
        if not self.items:
            trouble = f" ({self.trouble})" if self.trouble else ""
            return f"nothing happened since {self.since}{trouble}"
        return f"since {self.since}: {'; '.join(self.summary or self.counts)}"


def digest(
    events: Sequence[Envelope],
    snapshot: Snapshot,
    left_at: datetime,
    lens: Lens,
    *,
    begin: str = "you left",
    trouble: str = "",
) -> Digest:
    """Return what happened from `left_at` on, when `begin`; `events` are those since,
    oldest first, and `snapshot` is how it is now.
    """
    since = [one for one in events if one.at >= left_at]
    told = stories(since, left_at)
    items = [
        *(item_of(story, snapshot, lens) for story in told),
        *host_items(since, snapshot, lens, left_at),
    ]
    alerts = _alerts(*alert_counts(since, snapshot, left_at))
    off = [f"conductor was {g.words(lens)}" for g in gaps(since, snapshot, left_at)]
    counts = tuple(filter(None, (_breakers(told), alerts, *off)))
    parts = (_breakers(told), *_deeds(told), *_failures(told, lens), alerts, *off)
    return Digest(
        since=f"{begin} at {until(left_at, lens)} ({span(lens.age_s(left_at))})",
        counts=counts,
        summary=tuple(filter(None, parts)),
        items=tuple(sorted(items, key=lambda one: one.order)),
        trouble=trouble,
    )


def _breakers(told: Iterable[Story]) -> str:
    opened = [story for story in told if story.opened]
    if not opened:
        return ""
    names = listing([story.name for story in opened], _NAMED)
    return f"{many(sum(one.opened for one in opened), 'breaker')} opened ({names})"


def _deeds(told: Iterable[Story]) -> Iterable[str]:
    """The newest commands of people, in words; the others are counted."""
    deeds = sorted([one for story in told for one in story.deeds], key=lambda d: d[0])
    for _, deed in deeds[-_TOLD:]:
        why = f': "{deed.why}"' if deed.why else ""
        yield f"{deed.by} {deed.verb} {deed.platform}{why}"
    if len(deeds) > _TOLD:
        yield f"{many(len(deeds) - _TOLD, 'command')} before that"


def _failures(told: Iterable[Story], lens: Lens) -> Iterable[str]:
    failed = [story for story in told if story.failed]
    if len(failed) > _NAMED:
        names = listing([story.name for story in failed], _NAMED)
        return (f"{len(failed)} FAILED ({names})",)
    return (f"{story.name} {failed_words(story, lens)}" for story in failed)


def _alerts(opened: int, still: int) -> str:
    if not opened:
        return ""
    words = f"{many(opened, 'alert')} opened"
    return f"{words}, {still} still open" if still else words
