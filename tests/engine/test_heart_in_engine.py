"""Agents in a whole engine: settings, commands, listeners that open and do not."""

import asyncio
from dataclasses import dataclass, field, replace

from conductor_tui.domain.commands import BeatAgent, ForgetAgent
from conductor_tui.domain.events import (
    AgentChanged,
    AgentHealthChanged,
    AgentRemoved,
    IngestCounted,
)
from conductor_tui.domain.health import Health
from conductor_tui.domain.heartbeat import Beat
from conductor_tui.domain.ids import AgentId
from conductor_tui.domain.settings import (
    AgentSettings,
    CreateSettings,
    ListenSettings,
    Settings,
)
from conductor_tui.engine.heart_ways import TRY_AGAIN_S
from conductor_tui.ports import Ear
from conductor_tui.testing import EPOCH, settle
from tests.engine.hearing import A, agent
from tests.engine.stage import Stage, stage

WORKER = AgentId("worker-1")
AGENTS = Settings(
    agents=(agent("a"), agent("b")), create=CreateSettings(names="worker-.*")
)


@dataclass(eq=False)
class FakeWay:
    """Opens, or does not, as the test says. Satisfies ports.Way."""

    listen: ListenSettings
    trouble: str = ""
    name: str = "udp"
    calls: list[str] = field(default_factory=list)
    ear: Ear | None = None

    @property
    def address(self) -> str:
        return self.listen.udp

    async def open(self, ear: Ear) -> None:
        self.calls.append("open")
        if self.trouble == "hangs":
            await asyncio.Event().wait()
        if self.trouble:
            raise OSError(98, self.trouble)
        self.ear = ear

    async def close(self) -> None:
        self.calls.append("close")
        self.ear = None


@dataclass
class FakeWays:
    """Satisfies ports.OpenWays: one way, at the address for udp."""

    made: list[FakeWay] = field(default_factory=list)
    trouble: str = ""

    def __call__(self, listen: ListenSettings, agents: object) -> list[FakeWay]:
        self.made.append(FakeWay(listen, self.trouble))
        return self.made[-1:]


async def beat(staged: Stage, name: str, by: str = "ann") -> tuple[bool, str]:
    answer = await staged.ask(BeatAgent(id=staged.new_id(), by=by, agent=AgentId(name)))
    return answer.granted, answer.words


async def forget(staged: Stage, name: str) -> tuple[bool, str]:
    answer = await staged.ask(
        ForgetAgent(id=staged.new_id(), by="ann", agent=AgentId(name))
    )
    return answer.granted, answer.words


async def test_agents_of_the_settings_are_there_after_the_first_round() -> None:
    async with stage(settings=AGENTS) as staged:
        assert list(staged.hub.snapshot.agents) == ["a", "b"]


async def test_a_beat_by_hand_is_audited_and_says_who_did_it() -> None:
    async with stage(settings=AGENTS) as staged:
        granted, words = await beat(staged, "a")
        assert granted
        assert words == "beaten by hand: HEALTHY until it falls silent again"
        assert staged.answers[-1].agent == A
        assert staged.answers[-1].platform is None
        await staged.clock.advance(1)
        view = staged.hub.snapshot.agents[A]
        assert view.health is Health.HEALTHY
        assert view.last is not None
        assert view.last.via == "by hand, ann"


async def test_nobody_beats_for_an_agent_that_is_not_there() -> None:
    async with stage(settings=AGENTS) as staged:
        assert await beat(staged, "nobody") == (
            False,
            "no agent is called 'nobody'",
        )
        assert await beat(staged, "worker-1") == (
            False,
            "no agent is called 'worker-1'",
        )


async def test_nothing_is_beaten_where_it_may_only_be_looked_at() -> None:
    async with stage(settings=AGENTS, read_only=True) as staged:
        granted, words = await beat(staged, "a")
        assert not granted
        assert "--read-only" in words


async def test_only_who_came_by_itself_can_be_forgotten() -> None:
    async with stage(settings=AGENTS) as staged:
        staged.conductor.heart.hear(Beat(agent=WORKER))
        granted, words = await forget(staged, "a")
        assert not granted
        assert "stands in the settings" in words
        assert (await forget(staged, "worker-1"))[0]
        assert WORKER not in staged.hub.snapshot.agents
        [removed] = staged.told(AgentRemoved)
        assert removed == AgentRemoved(agent=WORKER, why="ann said so")
        assert not (await forget(staged, "worker-1"))[0]


async def test_a_reload_names_what_changed_and_keeps_the_beats() -> None:
    async with stage(settings=AGENTS) as staged:
        await beat(staged, "a")
        platforms = staged.conductor.in_force.settings.platforms
        slower = replace(
            AGENTS, platforms=platforms, agents=(agent("a", interval_s=60), agent("c"))
        )
        answer = await staged.reload(slower)
        assert answer.granted
        assert answer.words.endswith("[[agent]] changed")
        assert list(staged.hub.snapshot.agents) == ["a", "c"]
        await staged.clock.advance(1)
        view = staged.hub.snapshot.agents[A]
        assert (view.beats, view.spec.interval_s) == (1, 60)


async def test_agents_that_only_moved_in_the_file_are_no_news() -> None:
    def placed(number: int) -> AgentSettings:
        one = agent("a")
        origin = f"conductor.toml, [[agent]] {number}"
        return replace(one, spec=replace(one.spec, origin=origin))

    settings = replace(AGENTS, agents=(placed(1),))
    async with stage(settings=settings) as staged:
        platforms = staged.conductor.in_force.settings.platforms
        moved = replace(settings, platforms=platforms, agents=(placed(2),))
        answer = await staged.reload(moved)
        assert "nothing has changed" in answer.words
        assert staged.told(AgentChanged) == []
        view = staged.hub.snapshot.agents[A]
        assert view.spec.origin == "conductor.toml, [[agent]] 2"
        assert staged.conductor.heart.agents[A].spec == view.spec


async def test_who_does_not_fit_any_more_is_let_go_of() -> None:
    async with stage(settings=AGENTS) as staged:
        staged.conductor.heart.hear(Beat(agent=WORKER))
        platforms = staged.conductor.in_force.settings.platforms
        closed = replace(AGENTS, platforms=platforms, create=CreateSettings())
        await staged.reload(closed)
        assert list(staged.hub.snapshot.agents) == ["a", "b"]


async def test_a_restarted_engine_goes_on_where_the_silence_was() -> None:
    async with stage(settings=AGENTS) as staged:
        await beat(staged, "a")
        await staged.pass_time(10)  # two intervals
    last = staged.hub.snapshot
    assert last.agents[A].health is Health.CRITICAL
    stopped_for_s = (last.at or EPOCH) - (last.agents[A].heard_at or EPOCH)
    left_s = 15 - stopped_for_s.total_seconds()
    async with stage(settings=AGENTS, before=last) as staged:
        assert staged.hub.snapshot.agents[A].health is Health.CRITICAL
        await staged.clock.advance(left_s - 0.1)
        assert staged.told(AgentHealthChanged) == []
        await staged.clock.advance(0.2)
        assert staged.hub.snapshot.agents[A].health is Health.FAILED


# Listeners


async def test_a_way_in_brings_beats_to_the_heart_and_is_closed_at_the_end() -> None:
    ways = FakeWays()
    settings = replace(AGENTS, listen=ListenSettings(udp="127.0.0.1:7001"))
    async with stage(settings=settings, open_ways=ways) as staged:
        await settle()
        [way] = ways.made
        assert way.ear is not None
        way.ear.hear(Beat(agent=A))
        assert staged.hub.snapshot.agents[A].health is Health.HEALTHY
        [told] = staged.hub.snapshot.ingest.ways
        assert (told.name, told.address, told.trouble) == ("udp", "127.0.0.1:7001", "")
    assert way.calls == ["open", "close"]


async def test_a_way_that_does_not_open_says_why_and_is_tried_again() -> None:
    ways = FakeWays(trouble="Address already in use")
    async with stage(settings=AGENTS, open_ways=ways) as staged:
        await settle()
        [told] = staged.hub.snapshot.ingest.ways
        assert told.trouble == "Address already in use"
        await staged.clock.advance(TRY_AGAIN_S - 1)
        assert ways.made[0].calls == ["open", "close"]
        ways.made[0].trouble = ""
        await staged.clock.advance(2)
        [told] = staged.hub.snapshot.ingest.ways
        assert told.trouble == ""
        await staged.clock.advance(TRY_AGAIN_S * 3)
        assert ways.made[0].calls == ["open", "close", "open"]
        assert len(staged.told(IngestCounted)) == 2


async def test_a_way_that_never_comes_to_an_end_of_opening_holds_up_nothing() -> None:
    ways = FakeWays(trouble="hangs")
    async with stage(settings=AGENTS, open_ways=ways) as staged:
        await staged.clock.advance(6)
        [told] = staged.hub.snapshot.ingest.ways
        assert told.trouble == "it did not open within 5 s"


async def test_ways_that_cannot_even_be_made_say_so() -> None:
    def open_ways(listen: ListenSettings, agents: object) -> list[FakeWay]:
        raise ValueError("udp: not host:port")

    async with stage(settings=AGENTS, open_ways=open_ways) as staged:
        await settle()
        [told] = staged.hub.snapshot.ingest.ways
        assert (told.name, told.trouble) == ("listeners", "udp: not host:port")


async def test_other_addresses_close_the_old_ways_and_open_new_ones() -> None:
    ways = FakeWays()
    async with stage(settings=AGENTS, open_ways=ways) as staged:
        await settle()
        platforms = staged.conductor.in_force.settings.platforms
        same = replace(AGENTS, platforms=platforms, agents=(agent("z"),))
        await staged.reload(same)
        assert [way.calls for way in ways.made] == [["open"]]
        other = replace(same, listen=ListenSettings(udp="127.0.0.1:7002"))
        await staged.reload(other)
        await settle()
        assert [way.calls for way in ways.made] == [["open", "close"], ["open"]]
        [told] = staged.hub.snapshot.ingest.ways
        assert told.address == "127.0.0.1:7002"


async def test_an_agent_that_wants_a_socket_of_its_own_opens_the_ways_anew() -> None:
    ways = FakeWays()
    async with stage(settings=AGENTS, open_ways=ways) as staged:
        await settle()
        platforms = staged.conductor.in_force.settings.platforms
        notified = AgentSettings(spec=agent("n").spec, notify=True)
        await staged.reload(replace(AGENTS, platforms=platforms, agents=(notified,)))
        await settle()
        assert [way.calls for way in ways.made] == [["open", "close"], ["open"]]


async def test_a_round_that_only_checks_listens_for_nobody() -> None:
    ways = FakeWays()
    async with stage(settings=AGENTS, open_ways=ways, once=True) as staged:
        await staged.clock.advance(60)
        assert ways.made == []
        assert staged.hub.snapshot.ingest.ways == ()
