"""The keys that act on dead letters: on the one under the cursor, or on all marked."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from textual import work

from conductor_tui import ports
from conductor_tui.domain.commands import RedriveLetters
from conductor_tui.domain.errors import ConductorError
from conductor_tui.domain.ids import LetterId
from conductor_tui.domain.text import one_line
from conductor_tui.tui import commanding
from conductor_tui.tui.messages import PicksLetters
from conductor_tui.tui.plugin_acting import PluginActingApp

if TYPE_CHECKING:
    from conductor_tui.tui.screens.silence import Said


MOST_AT_ONCE = 2000  # in one command, whose body has a limit


class LetterActingApp(PluginActingApp):
    """An app whose keys redrive, discard and export dead letters.

    A screen is imported when it is opened: the first paint must not wait for it.
    """

    letters: ports.LetterBox | None = None

    @property
    def _letters_seat(self) -> PicksLetters | None:
        seat = self._seat
        is_here = seat is not None and seat.is_mounted
        return seat if is_here and isinstance(seat, PicksLetters) else None

    @property
    def _has_letters(self) -> bool:
        seat = self._letters_seat
        return seat is not None and bool(seat.picked_letters)

    async def action_letters(self) -> None:
        from conductor_tui.tui.screens.letters import LettersScreen

        box, aim = self.letters, self._picked if self._depth > 1 else None
        first = aim.platform if aim else None
        await self._go(
            lambda: LettersScreen(box, first, ascii=self.ascii, zone=self.zone)
        )

    def action_redrive_letters(self) -> None:
        if seat := self._letters_seat:
            picked = seat.picked_letters[:MOST_AT_ONCE]
            self._send([commanding.redrive_letters(picked, self.desk.operator)])

    def action_redrive_every_letter(self) -> None:
        """Ask first. Under a filter it is those that pass."""
        from conductor_tui.tui.screens.redrive import RedriveScreen

        if seat := self._letters_seat:
            listed = seat.listed_letters
            if seat.is_filtered:
                listed = listed[:MOST_AT_ONCE]
            given = commanding.redrive_letters(
                listed if seat.is_filtered else (), self.desk.operator
            )
            known = self._seen.letters
            views = [known[one] for one in listed if one in known]
            screen = RedriveScreen(given, views, ascii=self.ascii)
            self.push_screen(screen, self._redrive_all)

    def _redrive_all(self, command: RedriveLetters | None) -> None:
        if command is not None:
            self._send([command])

    def action_discard_letters(self) -> None:
        """Ask for the reason: what is discarded is never delivered."""
        from conductor_tui.tui.screens.silence import WhyScreen

        if seat := self._letters_seat:
            picked = seat.picked_letters[:MOST_AT_ONCE]
            which = f"dead letter {picked[0]}"
            which = which if len(picked) == 1 else f"{len(picked):,} dead letters"
            facts = "It is never delivered, and its payload is gone. e exports first."
            screen = WhyScreen(f"Discard  {which}", facts, "Discard", ascii=self.ascii)

            def discard(said: "Said | None") -> None:
                if said:
                    operator = self.desk.operator
                    self._send(
                        [commanding.discard_letters(picked, operator, why=said.why)]
                    )

            self.push_screen(screen, discard)

    def action_export_letters(self) -> None:
        """Write the marked letters, or all that are listed, into a file at home."""
        seat, box = self._letters_seat, self.letters
        if seat is None:
            return
        if box is None:
            self._say("export: this dashboard has no way to the payloads")
            return
        chosen = seat.marked_letters or seat.listed_letters
        at = self._lens.local(self.feed.newest().now)
        self._say(f"export: {_many(len(chosen))} …")
        self._export(box, chosen, at)

    @work(name="export", group="export")
    async def _export(
        self, box: ports.LetterBox, letters: Sequence[LetterId], at: datetime
    ) -> None:
        name = f"dead-letters-{at:%Y%m%d-%H%M%S}.jsonl"
        self._say(await asyncio.to_thread(_exported, box, letters, name))


def _exported(box: ports.LetterBox, letters: Sequence[LetterId], name: str) -> str:
    """Write them into a file of that name at home, and say so. Blocks."""
    try:
        file = Path.home() / name
        count = box.export(letters, file)
    except FileExistsError:
        return f"export: ~/{name} is there already; try again in a second"
    except (OSError, RuntimeError, ConductorError) as error:
        return one_line(f"export: {error}")
    gone = len(letters) - count
    tail = f"; {gone:,} were delivered meanwhile" if gone else ""
    return f"{_many(count)} written to {file}{tail}"


def _many(count: int) -> str:
    return "1 dead letter" if count == 1 else f"{count:,} dead letters"
