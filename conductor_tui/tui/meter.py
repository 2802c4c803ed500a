"""What the screen itself costs: frames drawn and bytes written to the terminal.

Counted in the driver, which is the one way to the terminal: a subclass of whichever
driver Textual picks, so that nothing of Textual's is replaced at run time.
"""

from collections import deque
from itertools import pairwise

from textual.driver import Driver

KEPT_S = 60
RATE_S = 10


class Meter:
    """Counts since the start, and keeps the last minute by the second."""

    def __init__(self) -> None:
        self.frames = 0
        self.written_bytes = 0
        self._marks: deque[tuple[float, int, int]] = deque(maxlen=KEPT_S + 1)

    def wrote(self, data: str) -> None:
        self.written_bytes += len(data) if data.isascii() else len(data.encode())

    def drew(self) -> None:
        self.frames += 1

    def beat(self, now: float) -> None:
        """Note where the counts stand, once a second; `now` is monotonic seconds."""
        if not self._marks or now - self._marks[-1][0] >= 1.0:
            self._marks.append((now, self.frames, self.written_bytes))

    def rates(self) -> tuple[float, float]:
        """Return frames and bytes per second of the last RATE_S."""
        marks = list(self._marks)[-RATE_S - 1 :]
        if len(marks) < 2:
            return 0.0, 0.0
        (before, frames, written), (now, frames_now, written_now) = marks[0], marks[-1]
        lasted = now - before
        return (frames_now - frames) / lasted, (written_now - written) / lasted

    def traffic(self) -> tuple[float, ...]:
        """Return the bytes per second between marks of the last minute."""
        marks = tuple(self._marks)
        return tuple((b[2] - a[2]) / (b[0] - a[0]) for a, b in pairwise(marks))


def metered(kind: type[Driver], meter: Meter) -> type[Driver]:
    """Return a driver like `kind` that tells `meter` what goes to the terminal.

    Textual flushes once for each frame that it has written.
    """

    class Metered(kind):  # type: ignore[misc, valid-type]
        def write(self, data: str) -> None:
            meter.wrote(data)
            super().write(data)

        def flush(self) -> None:
            meter.drew()
            super().flush()

    return Metered
