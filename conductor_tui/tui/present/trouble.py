"""What stands in our way, in one line for the status line of every screen."""

from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.tui.present.lens import Lens
from conductor_tui.tui.present.plugin_note import failed_words


def trouble(snapshot: Snapshot, lens: Lens) -> str:
    """Return what stands in our way at this moment, in one line; "" when nothing."""
    if stall := snapshot.own.stall:
        lasted = max(stall.lasted_s, lens.age_s(stall.at))
        by = f" by {stall.task}" if stall.task else ""
        where = stall.where or stall.why
        words = f"engine blocked{by} for {lasted:.1f} s"
        return f"{words}: {where}" if where else words
    if problems := snapshot.settings.problems:
        source = snapshot.settings.source or "the settings file"
        count = f" ({len(problems)} problems)" if len(problems) > 1 else ""
        first = problems[0].removeprefix(f"{source}: ")  # it is named already
        return (
            f"{source} cannot be used{count}, still running on the one before: {first}"
        )
    return failed_words(snapshot)
