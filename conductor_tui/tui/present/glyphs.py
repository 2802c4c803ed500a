"""The signs that screens are made of, and how they look where only ASCII does.

Every sign takes one cell and every ASCII stand-in too, so nothing moves.
"""

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
} | dict(zip("▁▂▃▄▅▆▇", "_.:-=+*", strict=True))
_ASCII = str.maketrans(_STAND_INS)


def to_ascii(text: str) -> str:
    """Return `text` with our signs replaced by their ASCII stand-ins."""
    return text if text.isascii() else text.translate(_ASCII)
