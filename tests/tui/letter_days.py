"""Dead letters to look at: some for a person, some that wait, at worlds.NOW."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from conductor_tui.domain.breaker import BreakerState, BreakerView
from conductor_tui.domain.check import CheckSpec
from conductor_tui.domain.dead_letter import (
    DeadLetter,
    LetterError,
    LetterState,
    LetterView,
)
from conductor_tui.domain.dispatch import DispatchOutcome, DispatchRequest
from conductor_tui.domain.ids import LetterId, NodeName, PlatformName
from conductor_tui.domain.roster import Roster
from conductor_tui.domain.snapshot import Mode, PlatformView, Snapshot
from tests.tui.worlds import NOW, ago

LONG = "the other side said \x1b[31m日本語\x1b[0m and a word without end " + "z" * 300


def letter(
    number: int,
    to: str,
    state: LetterState = LetterState.WAITING,
    *,
    error: str = "the breaker is OPEN",
    age_s: float = 300,
    payload: object = None,
    **more: object,
) -> DeadLetter:
    request = DispatchRequest(
        id=f"req-{number:04}",
        to=to,
        type="alert.disk",
        payload={"text": f"disk of db{number} at 91 %"} if payload is None else payload,  # type: ignore[arg-type]
        metadata={"trace": f"4f1c{number:02}", "subject": "disk"},
        by="backup.sh",
    )
    view = LetterView(
        id=LetterId(number),
        to=to,
        type=request.type,
        request=request.id,
        at=ago(age_s),
        by=request.by,
        state=state,
        error=error,
        size_bytes=len(str(request.payload)),
    )
    failed = LetterError(
        at=ago(age_s),
        platform=PlatformName(to),
        outcome=DispatchOutcome.FAILED,
        words=error,
        attempts=3,
    )
    view = replace(view, **more)  # type: ignore[arg-type]
    return DeadLetter(view=view, request=request, errors=(failed,) if error else ())


def letters() -> tuple[DeadLetter, ...]:
    """Two for a person, a handful that wait."""
    return (
        letter(3, "discord", error="answered 503: upstream", age_s=1820, attempts=3),
        letter(
            7,
            "android",
            LetterState.GIVEN_UP,
            error=LONG,
            age_s=7_300,
            redrives=10,
            attempts=33,
            payload={"title": "disk", "lines": [f"row {n}" for n in range(80)]},
        ),
        *(letter(n, "chat", age_s=400 - n, attempts=1) for n in range(11, 15)),
        letter(15, "discord", error="", age_s=2, next_at=None),
        letter(
            16,
            "discord",
            error="429: told to wait",
            age_s=60,
            attempts=6,
            redrives=2,
            next_at=ago(-12),
        ),
        letter(
            21,
            "nobody",
            LetterState.GIVEN_UP,
            error="no platform and no group is called nobody",
            age_s=90,
            redrives=10,
            attempts=0,
        ),
    )


def snapshot_of(letters: Sequence[DeadLetter]) -> Snapshot:
    def seen(name: str, state: BreakerState = BreakerState.CLOSED) -> PlatformView:
        spec = CheckSpec(platform=PlatformName(name), probe="plugin", target=name)
        view = PlatformView(spec=spec)
        return replace(view, breaker=BreakerView(state=state))

    views = (seen("android"), seen("chat", BreakerState.HELD), seen("discord"))
    return Snapshot(
        at=NOW,
        mode=Mode.LIVE,
        host=NodeName("node-1"),
        platforms=Roster({view.name: view for view in views}),
        letters=Roster({one.id: one.view for one in letters}),
    )


def day() -> Snapshot:
    return snapshot_of(letters())


class Box:
    """Satisfies ports.LetterBox, from memory. `exported` are the calls."""

    def __init__(self, letters: Sequence[DeadLetter] = ()) -> None:
        self._letters = {one.id: one for one in letters}
        self.exported: list[tuple[tuple[LetterId, ...], Path]] = []

    def letter(self, letter: LetterId) -> DeadLetter | None:
        return self._letters.get(letter)

    def export(self, letters: Sequence[LetterId], file: Path) -> int:
        self.exported.append((tuple(letters), file))
        return sum(one in self._letters for one in letters)


def pictured() -> Snapshot:
    """The day of a picture: what an operator would meet."""
    return snapshot_of(kept())


def kept() -> tuple[DeadLetter, ...]:
    """Two for a person, seven that wait for a breaker or their turn."""
    full = {"title": "disk", "host": "db7", "percent": 91, "mounts": ["/var", "/srv"]}
    gone = "push.example.net answered 502: bad gateway"
    return (
        letter(
            7,
            "android",
            LetterState.GIVEN_UP,
            error=gone,
            age_s=7_300,
            redrives=10,
            attempts=33,
            payload=full,
        ),
        letter(
            21,
            "android",
            LetterState.GIVEN_UP,
            error=gone,
            age_s=1_900,
            redrives=10,
            attempts=33,
        ),
        *(
            letter(n, "chat", error="breaker HELD", age_s=400 - n, attempts=0)
            for n in range(31, 36)
        ),
        letter(
            36,
            "discord",
            error="discord.com answered 429: wait 12 s",
            age_s=60,
            attempts=6,
            redrives=2,
            next_at=ago(-12),
        ),
        letter(37, "discord", error="", age_s=2),
    )
