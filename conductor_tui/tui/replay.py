"""Where in the past somebody wants to look, and what is found there."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from conductor_tui import ports
from conductor_tui.domain.errors import ConductorError
from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.domain.text import one_line
from conductor_tui.tui.recent import with_recent

NO_JOURNAL = "this conductor keeps no journal: there is no past to look at"
NO_EARLIER = "no earlier event: the journal begins here"
NO_LATER = "no later event: live again"


@dataclass(frozen=True, slots=True)
class Wish:
    """To look so many seconds, then so many events, from `at`; None: from where the
    picture stands.
    """

    at: datetime | None = None
    seconds: float = 0.0
    steps: int = 0

    def after(self, before: "Wish | None") -> "Wish":
        """Return this wish, made while the one before is not yet fulfilled."""
        if before is None or self.at is not None:
            return self
        return replace(
            before,
            seconds=before.seconds + self.seconds,
            steps=before.steps + self.steps,
        )


@dataclass(frozen=True, slots=True)
class Found:
    """The picture. None: `words` say why there is none, or it `is_live` there."""

    past: Snapshot | None = None
    words: str = ""
    is_live: bool = False


def find(
    archive: ports.Archive,
    wish: Wish,
    stands: datetime,
    now: datetime,
    live: Snapshot,
) -> Found:
    """Look there. Blocks: call it off the loop. `stands`: where the picture stands,
    `live` is what is known now.
    """
    try:
        at = (wish.at or stands) + timedelta(seconds=wish.seconds)
        if wish.steps:
            moment = archive.step(min(at, now), wish.steps)
            if moment is None and wish.steps < 0:
                return Found(words=NO_EARLIER)
            at = moment or now
        if at >= now:
            return Found(words=NO_LATER if wish.steps else "", is_live=True)
        return Found(with_recent(archive.past(at), live))
    except ConductorError as error:
        return Found(words=one_line(str(error)))
    except OverflowError:
        return Found(words=NO_EARLIER)
