"""The trip dialog: what will happen, why, and for how long."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from textual import on
from textual.containers import Horizontal
from textual.widget import Widget
from textual.widgets import Input, Static

from conductor_tui.domain.breaker import BreakerState
from conductor_tui.domain.text import one_line
from conductor_tui.tui.commanding import Aim
from conductor_tui.tui.present.words import target_of, until
from conductor_tui.tui.screens.aiming import AimingScreen
from conductor_tui.tui.widgets.hold_choice import HoldChoice
from conductor_tui.tui.widgets.reason import Reason

REASON_LIMIT = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class TripAsked:
    """What the operator filled in. `ttl_s` None: until somebody resets it."""

    aim: Aim
    why: str
    ttl_s: float | None


class TripScreen(AimingScreen[TripAsked]):
    """Asks for a reason and a time. Enter in the reason trips, once there is one."""

    AUTO_FOCUS = "#reason"
    DEED = "Trip"
    ENTER_DOES = "trips"
    ENTER_NEEDS = "needs a reason first"

    def title_words(self) -> str:
        return f"Trip  {self.aim.platform}"

    def facts(self) -> Iterator[str]:
        yield (
            f"Its checks stop at once. Nothing is sent to {target_of(self.aim.view)}, "
            "not even a trial, until the hold ends."
        )
        breaker = self.aim.view.breaker
        if breaker.hold is not None:
            yield (
                f'Already HELD by {breaker.hold.by}: "{breaker.hold.why}". '
                "This hold takes its place."
            )
        elif breaker.state is not BreakerState.CLOSED:
            yield f"It is {breaker.state} now: {breaker.why}"

    def fields(self) -> Iterator[Widget]:
        reason = Reason(id="reason", max_length=REASON_LIMIT, compact=True)
        yield Horizontal(
            Static("Reason", classes="label"), reason, id="reason-row", classes="row"
        )
        hold = HoldChoice(id="hold")
        hold.ascii = self.has_class("-ascii")
        yield Horizontal(Static("Hold", classes="label"), hold, classes="row")
        yield Static(id="then", markup=False)

    def missing(self) -> str:
        return "" if self._why else "a reason is needed: it goes to the audit"

    def answer(self) -> TripAsked:
        hold = self.query_one(HoldChoice)
        return TripAsked(aim=self.aim, why=self._why, ttl_s=hold.ttl_s)

    def show(self) -> None:
        super().show()
        ttl_s = self.query_one(HoldChoice).ttl_s
        if ttl_s is None:
            self.write("#then", "until somebody resets it")
        else:
            end = until(self.lens.now + timedelta(seconds=ttl_s), self.lens)
            self.write("#then", f"until {end}, then one trial; closed if it passes")

    @property
    def _why(self) -> str:
        return one_line(self.query_one("#reason", Input).value, REASON_LIMIT)

    @on(Input.Changed)
    def _typed(self) -> None:
        self.forget_told()
        self.show()

    @on(Input.Submitted)
    def _submitted(self) -> None:
        self.action_press()

    @on(HoldChoice.Changed)
    def _held(self) -> None:
        self.show()
