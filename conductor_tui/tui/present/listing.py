"""Names in a sentence, no more than can be read."""

from collections.abc import Sequence

from conductor_tui.tui.present.spans import clip

_MOST = 6
_CELLS = 24


def listing(names: Sequence[str], most: int = _MOST) -> str:
    """Return `notifier, digest and 3 more`."""
    shown = ", ".join(clip(name, _CELLS) for name in names[:most])
    more = len(names) - most
    return f"{shown} and {more} more" if more > 0 else shown
