"""The signs that screens are made of, and how they look where only ASCII does.

Every sign takes one cell and every ASCII stand-in too, so nothing moves.
"""

from functools import lru_cache
from unicodedata import normalize

from rich.cells import cell_len

from conductor_tui.domain.health import Health

HEALTH = {
    Health.HEALTHY: "●",
    Health.DEGRADED: "▲",
    Health.CRITICAL: "◆",
    Health.FAILED: "✖",
    Health.UNKNOWN: "?",
}
HELD = "■"
PAUSED = "‖"  # not ⏸: an emoji, two cells wide in some terminals, none in some fonts
BEHIND = "└"
BARS = "▁▂▃▄▅▆▇█"
MISSED = "×"
NOT_SENT = "‖"
NOT_COUNTED = "·"
BAND = "░"  # where a forecast expects four of five values
EDGE = "▌"
CURSOR = "▸"
MARK = "*"  # ASCII already: ✓ is two cells wide in some terminals

_STAND_INS = {
    "●": "+",
    "▲": "!",
    "◆": "#",
    "✖": "X",
    "■": "=",
    "×": "x",
    "‖": "|",
    "└": "L",
    "·": ".",
    "▌": "|",
    "▸": ">",
    "…": "~",
    "↓": "v",
    "↑": "^",
    "─": "-",
    "█": "@",
    "░": ":",
} | dict(zip("▁▂▃▄▅▆▇", "_.:-=+*", strict=True))
_ASCII = str.maketrans(_STAND_INS)


def to_ascii(text: str) -> str:
    """Return `text` in ASCII and as wide: our signs by their stand-ins, a letter
    without its accent, and what is left (names come from outside) as "?".
    """
    if text.isascii():
        return text
    ours = text.translate(_ASCII)
    return ours if ours.isascii() else "".join(map(_stand_in, ours))


@lru_cache(maxsize=1024)
def _stand_in(sign: str) -> str:
    plain = normalize("NFKD", sign)[:1]
    width = cell_len(sign)
    return plain if plain.isascii() and width == 1 else "?" * width
