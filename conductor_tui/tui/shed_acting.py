"""The keys that make room under load: what is advised, and by hand."""

from conductor_tui.domain.commands import ShedCommand
from conductor_tui.domain.shedding import ShedAdvice, ShedStep
from conductor_tui.tui import commanding
from conductor_tui.tui.commanding import Aim
from conductor_tui.tui.letter_acting import LetterActingApp


class ShedActingApp(LetterActingApp):
    """An app whose keys shed and restore platforms.

    A screen is imported when it is opened: the first paint must not wait for it.
    """

    @property
    def _advice(self) -> ShedAdvice | None:
        """What the line under the header says: what is seen is what is done."""
        return self.feed.snapshot.advice if self.feed.past is None else None

    def action_follow_advice(self) -> None:
        if (advice := self._advice) is None:
            return
        aim = commanding.take_aim(self.feed.snapshot, advice.platform)
        if aim is not None:
            is_shed = advice.step is ShedStep.SHED
            self._send([self._shed_command(aim, is_shed=is_shed, why=advice.why)])

    def action_shed(self) -> None:
        """Shed those that are not, which asks first; when all are, restore them."""
        from conductor_tui.tui.screens.shed import ShedScreen

        aims = self._aims
        going = tuple(aim for aim in aims if not aim.view.is_shed)
        if going:
            self.push_screen(ShedScreen(going, ascii=self.ascii), self._shed)
        else:
            self._send(self._shed_command(aim, is_shed=False) for aim in aims)

    def _shed(self, aims: tuple[Aim, ...] | None) -> None:
        self._send(self._shed_command(aim, is_shed=True) for aim in aims or ())

    def _shed_command(self, aim: Aim, *, is_shed: bool, why: str = "") -> ShedCommand:
        by = self.desk.operator
        return commanding.shed(aim, by, why) if is_shed else commanding.restore(aim, by)
