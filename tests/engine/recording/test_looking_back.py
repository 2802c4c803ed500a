"""What an engine keeps is enough to tell any moment of it: the journal and the screens
cannot disagree.
"""

import random
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pytest

from conductor_tui.adapters.journal.archive import SqliteArchive
from conductor_tui.domain.breaker import BreakerState
from conductor_tui.domain.check import Finding
from conductor_tui.domain.health import Health
from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.ports import StateRecord
from conductor_tui.testing import FakeClock
from tests.adapters.journal.past import write
from tests.build import spec
from tests.engine.recording.memory_state import MemoryState
from tests.engine.stage import FAILED, PASSED, Stage, stage

NAMES = ("api", "db", "queue")
Seen = dict[str, tuple[Health, BreakerState, bool]]


class AllInOrder(MemoryState):
    """Remembers every record, as it came."""

    def __init__(self) -> None:
        super().__init__(FakeClock())
        self.records: list[StateRecord] = []

    async def keep(self, records: Sequence[StateRecord]) -> None:
        await super().keep(records)
        self.records += records


def shown(snapshot: Snapshot) -> Seen:
    return {
        view.name: (view.health, view.breaker.state, view.pause is not None)
        for view in snapshot.platforms.in_order()
    }


async def live(on: Stage, seed: int) -> dict[datetime, Seen]:
    """Let some minutes of good and bad pass, with people about; return each second."""
    dice, seen = random.Random(seed), dict[datetime, Seen]()
    for second in range(700):
        await on.pass_time(1)
        if second % 7 == 0:
            name = dice.choice(NAMES)
            on.probe(name).script = [_finding(dice)]
        if dice.random() < 0.02:
            await dice.choice((on.trip, on.reset, on.release, on.pause, on.resume))()
        seen[on.clock.now()] = shown(on.hub.snapshot)
    return seen


def _finding(dice: random.Random) -> Finding:
    return dice.choice((PASSED, FAILED))


@pytest.mark.parametrize("seed", range(3))
async def test_each_second_is_told_as_it_was(tmp_path: Path, seed: int) -> None:
    journal, path = AllInOrder(), tmp_path / "journal.db"
    async with stage(*(spec(name) for name in NAMES), state=journal) as on:
        seen = await live(on, seed)
    await write(path, *journal.records)
    archive = SqliteArchive(path)

    assert len(journal.checkpoints) >= 2
    assert len({tuple(sorted(one.items())) for one in seen.values()}) > 10
    told = {moment: shown(archive.past(moment)) for moment in list(seen)[::5]}
    assert told == {moment: seen[moment] for moment in told}
    past = archive.past(list(seen)[400])
    assert all(len(view.results()) > 3 for view in past.platforms.in_order())
    assert past.resources.sample is not None
