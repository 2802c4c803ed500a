"""Whether a frame is worth a repaint now, or may wait for the next second."""

from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.tui.messages import SnapshotChanged


def is_news(message: SnapshotChanged, before: SnapshotChanged) -> bool:
    """True in a new second, and at once when something happened that has a line.

    Results and samples alone are many and small: drawn with the clock, once a second,
    they cost a third.
    """
    new, old = message.snapshot, before.snapshot
    return (
        int(message.now.timestamp()) != int(before.now.timestamp())
        or (new.seq != old.seq and _has_line(new, old))
        or new.mode is not old.mode
        or new.read_only is not old.read_only
        or len(new.platforms) != len(old.platforms)
        or new.seq < old.seq  # another session's
    )


def _has_line(new: Snapshot, old: Snapshot) -> bool:
    """True when something was put into a log: compared by identity, not by content."""
    return new.log is not old.log or new.agent_log is not old.agent_log
