"""Who depends on whom, and who is to blame."""

from dataclasses import replace

from conductor_tui.domain.breaker import BreakerState
from conductor_tui.domain.health import Health
from conductor_tui.domain.ids import PlatformName
from conductor_tui.domain.pause import Pause, PauseKind
from conductor_tui.domain.roster import Roster
from conductor_tui.domain.snapshot import PlatformView, Snapshot
from conductor_tui.testing import EPOCH
from conductor_tui.tui.present.blame import behind
from conductor_tui.tui.present.look import Look
from conductor_tui.tui.present.relations import relations
from conductor_tui.tui.present.row import row
from conductor_tui.tui.present.spans import text_of
from conductor_tui.tui.present.tally import tally
from conductor_tui.tui.present.why import why
from tests.tui.present.views import LENS, breaker, view

DB = PlatformName("db")


def needing(seen: PlatformView, *names: str) -> PlatformView:
    needs = tuple(PlatformName(name) for name in names)
    return replace(seen, spec=replace(seen.spec, depends_on=needs))


def day(*views: PlatformView) -> Snapshot:
    return Snapshot(platforms=Roster({seen.name: seen for seen in views}))


def paused(kind: PauseKind = PauseKind.PAUSED) -> PlatformView:
    pause = Pause(kind=kind, by="night", why="upgrade", at=EPOCH)
    return replace(view(Health.FAILED, name="p"), pause=pause)


def test_only_the_unwell_may_blame_another() -> None:
    world = day(
        view(Health.FAILED, name="db"),
        needing(view(Health.CRITICAL, name="api"), "db"),
        needing(view(name="web"), "db"),
        needing(paused(), "db"),
        needing(view(breaker=breaker(BreakerState.HELD), name="held"), "db"),
    )
    assert dict(behind(world)) == {"api": DB}


def test_the_tally_counts_who_is_behind_apart() -> None:
    world = day(
        view(Health.FAILED, name="db"),
        needing(view(Health.FAILED, name="api"), "db"),
        paused(),
        view(name="old", word_s=60),
        view(name="well"),
    )
    words = [f"{share.count} {share.words}" for share in tally(world, LENS)]
    assert words == ["1 failed", "1 behind db", "1 stale", "1 paused", "1 healthy"]


def test_who_is_behind_says_so_and_raises_no_alarm() -> None:
    line = row(view(Health.FAILED), LENS, 120, 8, Look(behind=DB))
    assert "because of db: connection refused" in text_of(line)
    assert "alarm" not in {span.tone for span in line}


def test_the_page_names_both_directions_with_states() -> None:
    api = needing(view(Health.FAILED, name="api"), "db", "gone")
    world = day(view(Health.FAILED, name="db"), api, needing(view(name="web"), "api"))
    first, second, _ = (text_of(x).rstrip() for x in relations(api, world, LENS, 90))
    assert first.split() == [
        *("depends", "on", "✖", "db", "FAILED"),
        *("?", "gone", "not", "watched"),
    ]
    assert second == "   depends on it  web"


def test_without_relations_there_is_no_line() -> None:
    assert relations(view(), day(view()), LENS, 80) == ()


def test_a_pause_says_by_whom_and_until_when() -> None:
    assert why(paused(), LENS).sentence == 'PAUSED by night "upgrade" until resumed'
    maintenance = why(paused(PauseKind.MAINTENANCE), LENS).sentence
    assert maintenance == 'MAINTENANCE "night" until resumed'


def test_a_paused_row_is_told_by_its_word_and_sign() -> None:
    assert text_of(row(paused(), LENS, 100, 8)).startswith(" ‖ PAUSED ")
