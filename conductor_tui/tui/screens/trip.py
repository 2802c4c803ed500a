"""The trip dialog: what will happen, why, and for how long."""

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from textual import on
from textual.containers import Horizontal
from textual.widget import Widget
from textual.widgets import Input, Static

from conductor_tui.domain.breaker import BreakerState
from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.domain.text import one_line
from conductor_tui.tui.commanding import Aim
from conductor_tui.tui.messages import SnapshotChanged
from conductor_tui.tui.present.clients import blast_radius
from conductor_tui.tui.present.lens import Lens
from conductor_tui.tui.present.listing import listing
from conductor_tui.tui.present.words import target_of, until
from conductor_tui.tui.screens.aiming import COUNT_FROM, AimingScreen
from conductor_tui.tui.widgets.check_box import CheckBox
from conductor_tui.tui.widgets.hold_choice import Choice, HoldChoice
from conductor_tui.tui.widgets.reason import Reason

REASON_LIMIT = 200
CONFIRM_WITHIN_S, CONFIRM_WORDS = 120.0, "2m"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonGiven:
    """What the operator filled in. `ttl_s` None: without end."""

    aims: tuple[Aim, ...]
    why: str
    ttl_s: float | None
    confirm_within_s: float | None = None


class ReasonScreen(AimingScreen[ReasonGiven]):
    """Asks for a reason and a time. Enter in a field does the deed, once it may."""

    AUTO_FOCUS = "#reason"
    TIME = "Hold"
    ENDLESS = "until reset"

    @abstractmethod
    def ends(self, at: str) -> str:
        """Say what happens at `at`, a time of day; "" when it has no end."""

    def fields(self) -> Iterator[Widget]:
        reason = Reason(id="reason", max_length=REASON_LIMIT, compact=True)
        yield Horizontal(
            Static("Reason", classes="label"), reason, id="reason-row", classes="row"
        )
        hold = HoldChoice(self.ENDLESS, id="hold")
        hold.ascii = self.has_class("-ascii")
        yield Horizontal(Static(self.TIME, classes="label"), hold, classes="row")
        yield from self.more_fields()
        yield Static(id="then", markup=False)
        yield from super().fields()

    def more_fields(self) -> Iterator[Widget]:
        """What else is asked behind the time."""
        yield from ()

    def missing(self) -> str:
        return super().missing() if self._why else self.ENTER_WANTS

    ENTER_NEEDS = "needs a reason first"
    ENTER_WANTS = "a reason is needed: it goes to the audit"

    def enter_needs(self) -> str:
        return super().enter_needs() if self._why else self.ENTER_NEEDS

    def answer(self) -> ReasonGiven:
        return ReasonGiven(aims=self.aims, why=self._why, ttl_s=self._ttl_s)

    def show(self) -> None:
        super().show()
        if self.query_one_optional("#then") is None:
            return
        ttl_s = self._ttl_s
        end = None if ttl_s is None else self.lens.now + timedelta(seconds=ttl_s)
        self.write("#then", self.ends(until(end, self.lens) if end else ""))

    @property
    def _why(self) -> str:
        field = self.query_one_optional("#reason", Input)  # asked before it is there
        return one_line(field.value, REASON_LIMIT) if field else ""

    @property
    def _ttl_s(self) -> float | None:
        return self.query_one(HoldChoice).ttl_s

    @on(Choice.Changed)
    def _held(self) -> None:
        self.show()


class TripScreen(ReasonScreen):
    """Says what stops, in whom, and what depends on it."""

    DEED = "Trip"
    ENTER_DOES = "trips"

    def __init__(
        self,
        aims: tuple[Aim, ...],
        lens: Lens,
        snapshot: Snapshot,
        *,
        ascii: bool = False,
    ) -> None:
        """`snapshot` tells what depends on the targets, and which clients hold them.
        Many at once have to be confirmed, unless their operator says otherwise.
        """
        super().__init__(aims, lens, ascii=ascii)
        self._dependents = _dependents(aims, snapshot)
        self._stops = self._stopped_in(snapshot)

    def on_snapshot_changed(self, message: SnapshotChanged) -> None:
        self._stops = self._stopped_in(message.snapshot)
        super().on_snapshot_changed(message)

    def facts(self) -> Iterator[str]:
        yield from self.targets()
        yield self._stops
        if self._dependents:
            yield f"Depends on {self.it}: {self._dependents}"
        if len(self.aims) > 1:
            yield "Not even a trial is made until the hold ends."
            return
        target = target_of(self.aim.view)
        yield f"Not even a trial is sent to {target} until the hold ends."
        breaker = self.aim.view.breaker
        if breaker.hold is not None:
            yield (
                f'Already HELD by {breaker.hold.by}: "{breaker.hold.why}". '
                "This hold takes its place."
            )
        elif breaker.state is not BreakerState.CLOSED:
            yield f"It is {breaker.state} now: {breaker.why}"

    def more_fields(self) -> Iterator[Widget]:
        yield Horizontal(
            Static("Undo", classes="label"),
            CheckBox(
                f"in {CONFIRM_WORDS} unless confirmed",
                ticked=len(self.aims) >= COUNT_FROM,
                id="confirm",
            ),
            classes="row",
        )

    def ends(self, at: str) -> str:
        if self._is_to_confirm:
            return f"C confirms; after {CONFIRM_WORDS} without, it is as it was"
        if not at:
            return "until somebody resets it"
        return f"until {at}, then one trial; closed if it passes"

    def answer(self) -> ReasonGiven:
        within_s = CONFIRM_WITHIN_S if self._is_to_confirm else None
        return replace(super().answer(), confirm_within_s=within_s)

    def _stopped_in(self, snapshot: Snapshot) -> str:
        return blast_radius(snapshot, [aim.platform for aim in self.aims])

    @property
    def _is_to_confirm(self) -> bool:
        box = self.query_one_optional("#confirm", CheckBox)
        return box is not None and box.ticked

    @on(CheckBox.Changed)
    def _ticked(self) -> None:
        self.show()


def _dependents(aims: tuple[Aim, ...], snapshot: Snapshot) -> str:
    targets = {aim.platform for aim in aims}
    found = {
        name: None
        for aim in aims
        for name in snapshot.dependents(aim.platform)
        if name not in targets
    }
    return listing(tuple(found))
