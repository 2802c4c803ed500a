"""The keys that act on platforms: on the one under the cursor, or on all marked."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from conductor_tui.domain.breaker import BreakerState
from conductor_tui.domain.commands import Command, ReloadSettings
from conductor_tui.domain.ids import PlatformName
from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.tui import commanding
from conductor_tui.tui.browsing import Browses
from conductor_tui.tui.commanding import Aim
from conductor_tui.tui.looking import LookingApp
from conductor_tui.tui.messages import PicksPlatform
from conductor_tui.tui.present.words import stamp

if TYPE_CHECKING:
    from conductor_tui.tui.screens.trip import ReasonGiven


class ActingApp(LookingApp):
    """An app whose keys send commands, each at what was seen when it was pressed.

    A dialog is imported when it is opened: the first paint must not wait for it.
    """

    @property
    def _picked(self) -> Aim | None:
        seat = self._seat
        if seat is None or not seat.is_mounted or not isinstance(seat, PicksPlatform):
            return None
        return commanding.take_aim(self._seen, seat.picked)

    @property
    def _aims(self) -> tuple[Aim, ...]:
        """The marked platforms, or the one under the cursor."""
        if marked := self._marked:
            seen = self._seen
            found = [commanding.take_aim(seen, name) for name in marked]
            return tuple(aim for aim in found if aim)
        picked = self._picked
        return (picked,) if picked else ()

    @property
    def _has_aims(self) -> bool:
        """True when there is an aim: asked at each look, of a thousand marks too."""
        if marked := self._marked:
            platforms = self._seen.platforms
            return any(name in platforms for name in marked)
        return self._picked is not None

    @property
    def _marked(self) -> tuple[PlatformName, ...]:
        seat = self._seat
        return seat.marked if isinstance(seat, Browses) and seat.is_mounted else ()

    @property
    def _seen(self) -> Snapshot:
        """What the operator looks at: what a key that acts was aimed at."""
        seat = self._seat
        frozen = seat.frozen if isinstance(seat, Browses) else None
        return (frozen or self.feed.seen()).snapshot

    def action_trip(self) -> None:
        from conductor_tui.tui.screens.trip import TripScreen

        if aims := self._aims:
            snapshot = self.feed.seen().snapshot
            screen = TripScreen(aims, self._lens, snapshot, ascii=self.ascii)
            self.push_screen(screen, self._trip)

    def _trip(self, given: "ReasonGiven | None") -> None:
        if given:
            self._send(
                commanding.trip(
                    aim,
                    self.desk.operator,
                    why=given.why,
                    ttl_s=given.ttl_s,
                    confirm_within_s=given.confirm_within_s,
                )
                for aim in given.aims
            )

    @property
    def _to_confirm(self) -> tuple[Aim, ...]:
        """The trips that undo themselves: of the marked or the picked platforms those;
        where none of them is, all that there are.
        """
        seen = self._seen
        aims = [aim for aim in self._aims if aim.view.breaker.confirm_by]
        if not aims:
            views = seen.platforms.in_order()
            aims = [Aim(view=view) for view in views if view.breaker.confirm_by]
        return tuple(aims)

    def action_confirm(self) -> None:
        operator = self.desk.operator
        self._send(commanding.confirm(aim, operator) for aim in self._to_confirm)

    def action_release(self) -> None:
        self._send(commanding.release(aim, self.desk.operator) for aim in self._aims)

    def action_force_close(self) -> None:
        from conductor_tui.tui.screens.force_close import ForceCloseScreen

        aims, alone = self._aims, self._seen.stopped_alone
        shut = tuple(
            aim
            for aim in aims
            if aim.state is not BreakerState.CLOSED or alone(aim.platform)
        )
        if shut:
            stopped = sum(alone(aim.platform) for aim in shut)
            screen = ForceCloseScreen(shut, self._lens, alone=stopped, ascii=self.ascii)
            self.push_screen(screen, self._force_close)
        elif len(aims) == 1:
            self._say(f"{aims[0].platform} is CLOSED already")
        elif aims:
            self._say(f"all {len(aims)} are CLOSED already")

    def _force_close(self, aims: tuple[Aim, ...] | None) -> None:
        self._send(commanding.reset(aim, self.desk.operator) for aim in aims or ())

    def action_check(self) -> None:
        self._send(commanding.check(aim, self.desk.operator) for aim in self._aims)

    def action_pause(self) -> None:
        """Pause those that are not; when all are, resume them."""
        from conductor_tui.tui.screens.pause import PauseScreen

        aims = self._aims
        going = tuple(aim for aim in aims if aim.view.pause is None)
        if going:
            screen = PauseScreen(going, self._lens, ascii=self.ascii)
            self.push_screen(screen, self._pause)
        else:
            self._send(commanding.resume(aim, self.desk.operator) for aim in aims)

    def _pause(self, given: "ReasonGiven | None") -> None:
        if given:
            by, why, ttl_s = self.desk.operator, given.why, given.ttl_s
            self._send(
                commanding.pause(aim, by, why=why, ttl_s=ttl_s) for aim in given.aims
            )

    def action_reload(self) -> None:
        operator = self.desk.operator
        id = commanding.new_id()
        self._send([ReloadSettings(id=id, by=operator.by, origin=operator.origin)])

    def action_undo(self) -> None:
        self.desk.undo()
        self.show_said()

    def action_answers(self) -> None:
        """List what came of the last command at several platforms."""
        from conductor_tui.tui.screens.answers import AnswersScreen

        if self.desk.last_batch:
            self.push_screen(AnswersScreen(self.desk.last_batch, ascii=self.ascii))

    def action_mark(self) -> None:
        if isinstance(seat := self._seat, Browses):
            seat.mark()

    def action_mark_to_here(self) -> None:
        if isinstance(seat := self._seat, Browses):
            seat.mark_to_here()

    def action_sort_next(self) -> None:
        if isinstance(seat := self._seat, Browses):
            seat.sort(1)

    def action_sort_before(self) -> None:
        if isinstance(seat := self._seat, Browses):
            seat.sort(-1)

    def action_invert(self) -> None:
        if isinstance(seat := self._seat, Browses):
            seat.invert()

    def action_freeze(self) -> None:
        if isinstance(seat := self._seat, Browses):
            seat.freeze()

    def _send(self, commands: Iterable[Command]) -> None:
        sent: Sequence[Command] = tuple(commands)
        if sent:
            self.desk.send(*sent, note=self._old_picture())
            self.show_said()

    def _old_picture(self) -> str:
        """Say what a command was aimed at while the picture stands still."""
        seat = self._seat
        if not isinstance(seat, Browses) or seat.frozen is None:
            return ""
        return f"aimed at the picture of {stamp(seat.frozen.now, self._lens)}"
