"""What happened while a person was away: counted, worst first, at most a screenful."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.pilot import Pilot

from conductor_tui.domain.agent import AgentSpec
from conductor_tui.domain.alert_events import AlertChanged, JournalChanged
from conductor_tui.domain.breaker import BreakerState, BreakerView, Hold
from conductor_tui.domain.errors import JournalFailed
from conductor_tui.domain.events import (
    AgentAdded,
    AgentHealthChanged,
    BreakerChanged,
    ConductorStarted,
    Envelope,
    Event,
    LoadChanged,
    MassFailed,
    SettingsLoaded,
)
from conductor_tui.domain.health import Health
from conductor_tui.domain.ids import AgentId, CommandId, PlatformName
from conductor_tui.domain.resources import Load, LoadState
from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.domain.viewer import Viewer
from conductor_tui.testing import EPOCH, FakeClock, RecordedSession
from conductor_tui.tui.app import ConductorApp
from conductor_tui.tui.present.digest import Digest, digest
from conductor_tui.tui.present.digest_page import digest_page, wrap
from conductor_tui.tui.present.lens import Lens
from conductor_tui.tui.present.spans import cells, text_of
from conductor_tui.tui.screens.digest import DigestScreen
from conductor_tui.tui.screens.events import EventsScreen
from conductor_tui.tui.widgets.log import LogView
from tests.build import added, turned
from tests.tui.alert_days import API, REDIS, alert
from tests.tui.shell import OPERATOR, Shell
from tests.tui.worlds import HOSTILE, NOW, World, ago

SnapCompare: TypeAlias = Callable[..., bool]

H = Health
LEFT = ago(7200)  # at 12:02
LENS = Lens(NOW, UTC)
DAEMON = ConductorStarted(by_daemon=True)
Told: TypeAlias = tuple[float, Event]  # how many seconds ago, and what


def opened(name: str) -> BreakerChanged:
    return BreakerChanged(
        platform=PlatformName(name),
        was=BreakerState.CLOSED,
        breaker=BreakerView(state=BreakerState.OPEN, by="checks"),
    )


def closed(name: str) -> BreakerChanged:
    return BreakerChanged(
        platform=PlatformName(name),
        was=BreakerState.HALF_OPEN,
        breaker=BreakerView(by="checks"),
    )


def tripped(name: str, why: str = "maintenance", by: str = "ann") -> BreakerChanged:
    hold = Hold(by=by, why=why, at=EPOCH)
    return BreakerChanged(
        platform=PlatformName(name),
        was=BreakerState.CLOSED,
        breaker=BreakerView(state=BreakerState.HELD, hold=hold, by=by),
        command=CommandId(f"trip {name} {why}"),
    )


def load(was: LoadState, now: LoadState) -> LoadChanged:
    return LoadChanged(was=was, load=Load(state=now), why="RAM 96 %")


def world(*told: Told) -> tuple[Sequence[Envelope], Snapshot]:
    """Return what happened since LEFT, and how it is at NOW. There are five platforms,
    well since long before.
    """
    made = World()
    made.tell(ago(9000), DAEMON)
    for name in ("discord", "llm", "postgres", "redis", HOSTILE):
        made.tell(ago(9000), added(name), turned(name, H.UNKNOWN, H.HEALTHY))
    for seconds, event in told:
        made.tell(ago(seconds), event)
    snapshot = made.snapshot()
    return [one for one in snapshot.events if one.at >= LEFT], snapshot


def since_left(*told: Told) -> Digest:
    events, snapshot = world(*told)
    return digest(events, snapshot, LEFT, LENS)


def rows(found: Digest) -> list[str]:
    return [f"{one.about} | {one.state.text} | {one.words}" for one in found.items]


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        pytest.param((), [], id="nothing"),
        pytest.param(
            ((8000, turned("redis", H.HEALTHY, H.FAILED)),), [], id="before they left"
        ),
        pytest.param(
            (
                (600, turned("redis", H.CRITICAL, H.FAILED)),
                (340, turned("redis", H.FAILED, H.HEALTHY)),
            ),
            ["redis | over | FAILED for 4m20s"],
            id="one failure that is over",
        ),
        pytest.param(
            (
                (900, turned("redis", H.CRITICAL, H.FAILED)),
                (840, turned("redis", H.FAILED, H.HEALTHY)),
                (300, turned("redis", H.CRITICAL, H.FAILED)),
                (180, turned("redis", H.FAILED, H.HEALTHY)),
            ),
            ["redis | over | FAILED 2 times, 3 m in all"],
            id="two of them",
        ),
        pytest.param(
            ((600, turned("redis", H.CRITICAL, H.FAILED)),),
            ["redis | FAILED | FAILED since 13:52 (10 m)"],
            id="a failure that goes on",
        ),
        pytest.param(
            ((300, turned("redis", H.FAILED, H.HEALTHY)),),
            ["redis | over | FAILED for 1h55m"],
            id="a failure that had begun before",
        ),
        pytest.param(
            (
                (600, turned("redis", H.DEGRADED, H.CRITICAL)),
                (590, turned("redis", H.CRITICAL, H.HEALTHY)),
            ),
            ["redis | over | was CRITICAL"],
            id="a near miss",
        ),
        pytest.param(
            (
                (600, turned("redis", H.HEALTHY, H.DEGRADED)),
                (590, turned("redis", H.DEGRADED, H.HEALTHY)),
            ),
            [],
            id="a single bad check is no news",
        ),
        pytest.param(
            (
                (600, opened("discord")),
                (560, closed("discord")),
                (500, opened("discord")),
                (400, closed("discord")),
            ),
            ["discord | over | breaker opened 2 times"],
            id="a breaker that opened",
        ),
        pytest.param(
            ((600, opened("discord")),),
            ["discord | OPEN | breaker opened"],
            id="a breaker that is open still",
        ),
        pytest.param(
            ((600, tripped("postgres")),),
            ['postgres | HELD | ann tripped it at 13:52: "maintenance"'],
            id="a trip that stands",
        ),
        pytest.param(
            tuple((600 - n, tripped("llm", f"try {n}")) for n in range(4)),
            [
                'llm | HELD | ann tripped it at 13:52: "try 2"; '
                'ann tripped it at 13:52: "try 3"; 2 more before that'
            ],
            id="many commands at one",
        ),
        pytest.param(
            (
                (3600, turned("redis", H.CRITICAL, H.FAILED)),
                (1800, ConductorStarted(before=ago(3000), by_daemon=True)),
                (1790, turned("redis", H.UNKNOWN, H.FAILED)),
                (1190, turned("redis", H.FAILED, H.HEALTHY)),
            ),
            [
                "redis | over | FAILED for 20 m",
                "conductor | over | off 13:12-13:32 (20 m); "
                "what happened then is unknown",
            ],
            id="while the conductor was off nothing is counted",
        ),
        pytest.param(
            ((600, ConductorStarted(before=ago(9000), by_daemon=True)),),
            [
                "conductor | over | off 12:02-13:52 (1h50m); "
                "what happened then is unknown"
            ],
            id="off since before they left",
        ),
        pytest.param(
            (
                (600, load(LoadState.NORMAL, LoadState.EMERGENCY)),
                (500, load(LoadState.EMERGENCY, LoadState.NORMAL)),
            ),
            ["this host | over | load EMERGENCY: RAM 96 %"],
            id="the host",
        ),
        pytest.param(
            (
                (600, AlertChanged(alert=alert(API), what="opened")),
                (590, AlertChanged(alert=alert(REDIS), what="opened")),
                (
                    400,
                    AlertChanged(alert=alert(REDIS, ended_at=ago(400)), what="over"),
                ),
            ),
            ["alerts | 1 open | 2 alerts opened, 1 still open"],
            id="alerts",
        ),
        pytest.param(
            (
                (600, SettingsLoaded(source="conductor.toml")),
                (500, SettingsLoaded(source="a.toml", others=("[hours]",))),
                (450, SettingsLoaded(source="a.toml", removed=(PlatformName("x"),))),
                (400, JournalChanged(trouble="the disk is full")),
                (300, JournalChanged(trouble="")),
            ),
            [
                "conductor |  | settings changed 2 times; "
                "the journal could not be written"
            ],
            id="the conductor itself",
        ),
        pytest.param(
            (
                (
                    600,
                    MassFailed(
                        platforms=(PlatformName("redis"), PlatformName("llm")),
                        watched=5,
                        canary="loopback answers",
                        is_ours=False,
                    ),
                ),
            ),
            ["this host | over | 2 of 5 failed together at 13:52: loopback answers"],
            id="many at once",
        ),
        pytest.param(
            (
                (8000, AgentAdded(spec=AgentSpec(agent=AgentId("bot-7")))),
                (
                    600,
                    AgentHealthChanged(
                        agent=AgentId("bot-7"), was=H.CRITICAL, now=H.FAILED
                    ),
                ),
            ),
            ["agent bot-7 | FAILED | FAILED since 13:52 (10 m)"],
            id="an agent",
        ),
        pytest.param(
            ((600, turned("gone", H.CRITICAL, H.FAILED)),),
            ["gone | gone | FAILED since 13:52 (10 m)"],
            id="a platform that is not watched any more",
        ),
    ],
)
def test_what_happened(told: Sequence[Told], expected: list[str]) -> None:
    assert rows(since_left(*told)) == expected


NIGHT: tuple[Told, ...] = (
    (7000, opened("discord")),
    (7000, turned("discord", H.CRITICAL, H.FAILED)),
    (6900, turned("discord", H.FAILED, H.HEALTHY)),
    (6900, closed("discord")),
    (6000, ConductorStarted(before=ago(6120), by_daemon=True)),
    (5000, tripped("postgres", "moving it to the new disk, back by noon")),
    (4000, tripped(HOSTILE, "[b]no[/b] markup")),
    (3000, opened("redis")),
    (3000, turned("redis", H.CRITICAL, H.FAILED)),
    (2760, turned("redis", H.FAILED, H.HEALTHY)),
    (2760, closed("redis")),
    (2000, load(LoadState.NORMAL, LoadState.DEGRADED)),
    (1900, load(LoadState.DEGRADED, LoadState.NORMAL)),
    (1200, AlertChanged(alert=alert(API), what="opened")),
    (600, opened("llm")),
    (600, turned("llm", H.CRITICAL, H.FAILED)),
)


def test_what_still_stands_comes_first_then_what_lasted_longest() -> None:
    assert [row.split(" | ")[:2] for row in rows(since_left(*NIGHT))] == [
        ["llm", "FAILED"],
        [HOSTILE, "HELD"],
        ["postgres", "HELD"],
        ["alerts", "1 open"],
        ["redis", "over"],
        ["discord", "over"],
        ["conductor", "over"],
        ["this host", "over"],
    ]


def test_the_sentence_says_it_in_one_line() -> None:
    told = (
        (600, opened("discord")),
        (550, closed("discord")),
        (500, tripped("postgres")),
        (400, turned("redis", H.CRITICAL, H.FAILED)),
        (160, turned("redis", H.FAILED, H.HEALTHY)),
        (100, AlertChanged(alert=alert(API, opened_at=ago(100)), what="opened")),
    )
    assert since_left(*told).sentence == (
        "since you left at 12:02 (2 h): 1 breaker opened (discord); "
        'ann tripped postgres: "maintenance"; redis FAILED for 4 m; '
        "1 alert opened, 1 still open"
    )


def test_nothing_is_said_in_words_too() -> None:
    found = since_left()
    assert found.items == ()
    assert found.sentence == "nothing happened since you left at 12:02 (2 h)"


def test_a_start_that_no_event_tells_of_is_known_from_the_snapshot() -> None:
    events, snapshot = world()
    later = replace(snapshot, started_at=ago(60), off_since=ago(120))
    found = digest(events, later, LEFT, LENS)
    assert rows(found) == [
        "conductor | over | off 14:00-14:01 (1 m); what happened then is unknown"
    ]


def page(found: Digest, width: int, height: int) -> list[str]:
    return [text_of(line).rstrip() for line in digest_page(found, width, height)]


def test_what_has_no_room_is_counted() -> None:
    lines = page(since_left(*NIGHT), 77, 12)
    assert len(lines) <= 12
    assert "   and 4 more" in lines


def test_a_reason_too_long_for_its_line_goes_on_below() -> None:
    lines = page(since_left((600, tripped("llm", "word " * 18))), 77, 22)
    at = next(n for n, line in enumerate(lines) if "llm" in line)
    assert lines[at + 1].startswith(" " * 29 + "word")


def test_what_is_not_known_is_said() -> None:
    events, snapshot = world(*NIGHT)
    found = digest(events, snapshot, LEFT, LENS, trouble="the journal did not tell")
    assert " the journal did not tell" in page(found, 77, 30)


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        ("a b c", ["a b", "c"]),
        ("", [""]),
        ("toolongaword b", ["toolongaword", "b"]),
        ("日本 語", ["日本", "語"]),
    ],
    ids=["words stay whole", "none", "one that is too long", "wide ones"],
)
def test_words_are_wrapped_by_cells(words: str, lines: list[str]) -> None:
    assert wrap(words, 4) == lines


_NAMES = st.sampled_from(["discord", "llm", "redis", HOSTILE, "x" * 60])
_EVENTS = st.one_of(
    st.builds(turned, _NAMES, st.sampled_from(Health), st.sampled_from(Health)),
    st.builds(opened, _NAMES),
    st.builds(closed, _NAMES),
    st.builds(
        tripped, _NAMES, st.text(max_size=80).map(lambda t: t.replace("\n", " "))
    ),
    st.builds(load, st.sampled_from(LoadState), st.sampled_from(LoadState)),
    st.just(ConductorStarted(before=ago(5000), by_daemon=True)),
)
_NIGHTS = st.lists(st.tuples(st.integers(0, 7199), _EVENTS), max_size=30)


@given(_NIGHTS, st.integers(20, 120), st.integers(4, 60))
def test_a_digest_never_takes_more_than_its_room(
    told: list[Told], width: int, height: int
) -> None:
    lines = digest_page(since_left(*told), width, height)
    assert len(lines) <= height
    assert {cells(line) for line in lines} == {width}


@given(_NIGHTS)
def test_nothing_lasts_longer_than_the_person_was_away(told: list[Told]) -> None:
    away_s = (NOW - LEFT).total_seconds()
    assert all(0 <= one.lasted_s <= away_s for one in since_left(*told).items)


class Journal:
    """Remembers, or fails. Satisfies ports.Archive."""

    def __init__(self, events: Sequence[Envelope], failure: str = "") -> None:
        self.kept, self.failure = tuple(events), failure

    def events(
        self, since: datetime, until: datetime | None = None, *, limit: int = 1000
    ) -> tuple[Envelope, ...]:
        if self.failure:
            raise JournalFailed(self.failure)
        return tuple(one for one in self.kept if one.at >= since)[-limit:]

    def past(self, at: datetime) -> Snapshot:
        raise JournalFailed("nobody asks for it here")

    def step(self, at: datetime, by: int) -> datetime | None:
        raise JournalFailed("nobody asks for it here")


def app_of(
    *told: Told,
    archive: Journal | None = None,
    left_at: datetime | None = LEFT,
    snapshot: Snapshot | None = None,
    ascii: bool = False,
) -> ConductorApp:
    return ConductorApp(
        RecordedSession([snapshot or world(*told)[1]]),
        FakeClock(NOW),
        operator=OPERATOR,
        hz=0,
        zone=UTC,
        ascii=ascii,
        archive=archive,
        left_at=left_at,
    )


async def attach(app: ConductorApp, pilot: Pilot[None]) -> None:
    """Look once, and wait for the digest that this asks for."""
    app.pull()
    await app.workers.wait_for_complete()
    await pilot.pause()


def said_in(app: ConductorApp) -> str:
    return app.desk.said.text if app.desk.said else ""


async def test_on_attach_a_dialog_tells_what_happened() -> None:
    app = app_of(*NIGHT)
    async with app.run_test(size=(100, 30)) as pilot:
        await attach(app, pilot)
        assert isinstance(app.screen, DigestScreen)
        await pilot.press("enter")
        assert len(app.screen_stack) == 1
        await attach(app, pilot)
        assert len(app.screen_stack) == 1  # once is enough


async def test_when_nothing_happened_one_sentence_says_so() -> None:
    app = app_of()
    async with app.run_test(size=(100, 30)) as pilot:
        await attach(app, pilot)
        assert len(app.screen_stack) == 1
        assert said_in(app) == "nothing happened since you left at 12:02 (2 h)"


async def test_who_was_never_here_is_told_nothing() -> None:
    app = app_of(*NIGHT, left_at=None)
    async with app.run_test(size=(100, 30)) as pilot:
        await attach(app, pilot)
        assert len(app.screen_stack) == 1
        assert said_in(app) == ""
        await app.perform(app.by_id["digest"])
        assert "it is not known when you were here before" in said_in(app)


async def test_the_snapshot_knows_when_somebody_left_if_nobody_else_says() -> None:
    _, snapshot = world(*NIGHT)
    snapshot = replace(snapshot, visits={OPERATOR.by: ago(900)})
    app = app_of(snapshot=snapshot, left_at=None)
    async with app.run_test(size=(100, 30)) as pilot:
        await attach(app, pilot)
        assert isinstance(app.screen, DigestScreen)
        assert app.left_at == ago(900)


async def test_a_person_may_have_another_name_at_the_conductor() -> None:
    _, snapshot = world(*NIGHT)
    snapshot = replace(snapshot, visits={"ann (as root)": ago(900)})
    app = app_of(snapshot=snapshot, left_at=None)
    app.known_as = lambda: "ann (as root)"
    async with app.run_test(size=(100, 30)) as pilot:
        await attach(app, pilot)
        assert app.left_at == ago(900)


async def test_a_second_dashboard_of_one_person_tells_no_digest() -> None:
    _, snapshot = world(*NIGHT)
    mine = Viewer(by=OPERATOR.by, origin="", at=ago(5))
    snapshot = replace(snapshot, visits={OPERATOR.by: LEFT}, viewers=(mine, mine))
    app = app_of(snapshot=snapshot, left_at=None)
    async with app.run_test(size=(100, 30)) as pilot:
        await attach(app, pilot)
        assert len(app.screen_stack) == 1


async def test_an_engine_inside_opens_no_dialog_but_tells_when_asked() -> None:
    _, snapshot = world(*NIGHT)
    app = app_of(snapshot=replace(snapshot, by_daemon=False))
    async with app.run_test(size=(100, 30)) as pilot:
        await attach(app, pilot)
        assert len(app.screen_stack) == 1
        await app.perform(app.by_id["digest"])
        await attach(app, pilot)
        assert isinstance(app.screen, DigestScreen)


async def test_a_dialog_does_not_come_between_a_person_and_their_work() -> None:
    app = app_of(*NIGHT)
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press("slash")
        await attach(app, pilot)
        assert len(app.screen_stack) == 1
        assert said_in(app).startswith("since you left at 12:02 (2 h): 3 breakers")


async def test_the_journal_knows_more_than_the_snapshot() -> None:
    events, _ = world((7100, turned("redis", H.CRITICAL, H.FAILED)))
    app = app_of(archive=Journal(events))
    async with app.run_test(size=(100, 30)) as pilot:
        await attach(app, pilot)
        assert isinstance(app.screen, DigestScreen)


async def test_a_journal_that_fails_leaves_what_the_snapshot_knows() -> None:
    app = app_of(archive=Journal((), "cannot be read: disk I/O error"))
    async with app.run_test(size=(100, 30)) as pilot:
        await attach(app, pilot)
        assert said_in(app).endswith(
            "(the journal did not tell more: cannot be read: disk I/O error)"
        )


async def test_e_opens_the_events_where_the_digest_begins() -> None:
    app = app_of(*NIGHT)
    async with app.run_test(size=(100, 30)) as pilot:
        await attach(app, pilot)
        await pilot.press("e")
        await pilot.pause()
        await pilot.pause()
        assert isinstance(app.screen, EventsScreen)
        log = app.screen.query_one(LogView)
        assert not log.follows
        assert log.current is not None
        assert log.current.envelope.at == ago(7000)
        assert said_in(app) == ""


async def test_keys_that_act_do_nothing_behind_the_dialog() -> None:
    shell = Shell(DAEMON, added("api"), tripped("api"))
    shell.app.left_at = EPOCH - timedelta(minutes=5)
    async with shell.running():
        shell.app.pull()
        await shell.app.workers.wait_for_complete()
        await shell.press("c", "t")
        assert isinstance(shell.app.screen, DigestScreen)
        assert shell.sent == []


async def test_in_ascii_the_dialog_is_ascii() -> None:
    app = app_of(*NIGHT, ascii=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await attach(app, pilot)
        strips = app.screen._compositor.render_strips(app.size)
        assert "".join(strip.text for strip in strips).isascii()


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["small", "usual"])
def test_the_digest_of_a_night(
    snap_compare: SnapCompare, size: tuple[int, int]
) -> None:
    app = app_of(*NIGHT)

    async def come(pilot: Pilot[None]) -> None:
        await attach(app, pilot)

    assert snap_compare(app, terminal_size=size, run_before=come)


def test_the_digest_in_a_small_terminal(snap_compare: SnapCompare) -> None:
    app = app_of(*NIGHT)

    async def come(pilot: Pilot[None]) -> None:
        await attach(app, pilot)

    assert snap_compare(app, terminal_size=(50, 14), run_before=come)
