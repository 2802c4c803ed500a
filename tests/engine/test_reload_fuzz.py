"""The file is edited a thousand times, badly and well, while checks run.

CONDUCTOR_FUZZ_EDITS says how many edits are made (400 unless told), and
CONDUCTOR_FUZZ_SEED with which seed.
"""

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from conductor_tui.adapters.calendar import CronCalendar
from conductor_tui.adapters.settings.reload import SettingsFile
from conductor_tui.domain.breaker import BreakerState, BreakerView
from conductor_tui.domain.check import Finding
from conductor_tui.domain.commands import ReloadSettings, ResetBreaker, TripBreaker
from conductor_tui.domain.errors import SettingsError
from conductor_tui.domain.events import (
    BreakerChanged,
    Event,
    PlatformAdded,
    PlatformChanged,
    PlatformRemoved,
)
from conductor_tui.domain.ids import PlatformName
from conductor_tui.domain.settings import Settings
from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.testing import settle
from tests.build import spec
from tests.engine.random_files import NAMES, RandomFile
from tests.engine.stage import FAILED, PASSED, Stage, stage

EDITS = int(os.environ.get("CONDUCTOR_FUZZ_EDITS", "400"))
SEED = int(os.environ.get("CONDUCTOR_FUZZ_SEED", "20300101"))
ANSWERS: list[Finding | float] = [FAILED, PASSED, 0.04, 2.0]
ENVIRON = {"GROUP": "swarm"}


@dataclass
class Fuzz:
    """One engine, one file, and what was seen of both."""

    staged: Stage
    file: RandomFile
    source: SettingsFile  # a second reader: the engine has its own
    random: Random
    last: Settings = field(default_factory=Settings)
    seen: "Counter[str]" = field(default_factory=Counter)

    async def one_edit(self) -> None:
        before, told = self.staged.hub.snapshot, len(self.staged.events)
        done = self.file.edit()
        wanted = self.wanted()
        await self.take_effect()
        events = self.staged.events[told:]
        self.keeps_breakers(before, events)
        problems = self.staged.hub.snapshot.settings.problems
        if wanted is None:
            self.seen["invalid"] += 1
            assert problems, done
            if not self.last.discover:  # else what listens comes and goes
                assert not list(changes(events)), done
            return
        self.seen["valid"] += 1
        self.seen["without tables"] += wanted.discover
        assert not problems, done
        self.last = wanted
        self.is_in_force(wanted)

    def keeps_breakers(self, before: Snapshot, events: list[Event]) -> None:
        after = self.staged.hub.snapshot.platforms
        removed = {e.platform for e in events if isinstance(e, PlatformRemoved)}
        for name, view in before.platforms.items():
            if name in after and name not in removed:
                follow(view.breaker, moves_of(name, events), after[name].breaker)
                self.seen["kept"] += 1
                self.seen[f"kept {view.breaker.state}"] += 1

    def wanted(self) -> Settings | None:
        """Return what stands in the file; None where it cannot be used."""
        try:
            return self.source.load()
        except SettingsError:
            return None

    async def take_effect(self) -> None:
        """Let the engine see the edit by itself, or ask it to look."""
        if self.random.random() < 0.5:
            await self.staged.pass_time(4)
            return
        command = ReloadSettings(id=self.staged.new_id(), by="ann")
        self.staged.conductor.control.handle(command)
        await self.staged.pass_time(2)
        self.staged.answer_to(command)

    def is_in_force(self, wanted: Settings) -> None:
        views = self.staged.hub.snapshot.platforms
        if wanted.discover:
            return  # what listens is watched: another test's business
        assert {name: view.spec for name, view in views.items()} == {
            one.spec.platform: one.spec for one in wanted.platforms
        }

    async def meddle(self) -> None:
        """Let servers come and go, and an operator trip and reset."""
        random, staged = self.random, self.staged
        staged.script[:] = [random.choice([FAILED, PASSED])]
        for probe in staged.probes.values():
            if random.random() < 0.2:
                probe.script = [random.choice(ANSWERS)]
        staged.discovery.found = [spec(n) for n in random.sample(NAMES, 3)]
        names = list(staged.hub.snapshot.platforms)
        if names and random.random() < 0.3:
            self.command(random.choice(names))
            await settle()

    def command(self, name: PlatformName) -> None:
        breaker = self.staged.view(name).breaker
        command_id = self.staged.new_id()
        if breaker.state is BreakerState.CLOSED:
            self.staged.conductor.control.handle(
                TripBreaker(
                    id=command_id,
                    platform=name,
                    by="ann",
                    epoch=breaker.epoch,
                    why="fuzz",
                    ttl_s=self.random.choice([None, 60.0]),
                )
            )
        elif self.random.random() < 0.5:
            self.staged.conductor.control.handle(
                ResetBreaker(
                    id=command_id, platform=name, by="ann", epoch=breaker.epoch
                )
            )


def follow(
    before: BreakerView, moves: list[BreakerChanged], after: BreakerView
) -> None:
    """Walk from one view to the other by what was told: nothing may be missing."""
    state, epoch, hold = before.state, before.epoch, before.hold
    for move in moves:
        assert (move.was, move.breaker.epoch) == (state, epoch + 1)
        if state is BreakerState.HELD:  # only its end ends a hold, never an edit
            assert move.breaker.by != "conductor.toml"
        state, epoch, hold = move.breaker.state, move.breaker.epoch, move.breaker.hold
    assert (after.state, after.epoch, after.hold) == (state, epoch, hold)


def moves_of(name: PlatformName, events: list[Event]) -> list[BreakerChanged]:
    return [e for e in events if isinstance(e, BreakerChanged) and e.platform == name]


def changes(events: list[Event]) -> Iterator[Event]:
    kinds = (PlatformAdded, PlatformChanged, PlatformRemoved)
    return (event for event in events if isinstance(event, kinds))


async def test_no_edit_loses_a_breaker_that_has_a_name_in_both_files(
    tmp_path: Path,
) -> None:
    random = Random(SEED)
    path = tmp_path / "conductor.toml"
    file = RandomFile(path, random)
    own, second = (SettingsFile(str(path), ENVIRON, tmp_path) for _ in range(2))
    try:
        async with stage(
            settings=own.load(), read_from=own, calendar=CronCalendar()
        ) as staged:
            fuzz = Fuzz(staged, file, second, random)
            for _ in range(EDITS):
                await fuzz.meddle()
                await fuzz.one_edit()
            await staged.pass_time(1)
    except BaseException as error:
        error.add_note(f"CONDUCTOR_FUZZ_SEED={SEED} CONDUCTOR_FUZZ_EDITS={EDITS}")
        raise
    print(dict(fuzz.seen))  # noqa: T201 - shown by pytest -s: what the thousand were
    assert fuzz.seen["valid"] > EDITS / 4
    assert fuzz.seen["invalid"] > EDITS / 10
    for state in (BreakerState.OPEN, BreakerState.HELD):
        assert fuzz.seen[f"kept {state}"] > EDITS / 4
