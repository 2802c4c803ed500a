"""A platform that is as well as its own agent says."""

import pytest

from conductor_tui.adapters.probes import kinds
from conductor_tui.adapters.probes.heartbeat import HeartbeatProbe, Options, open_probe
from conductor_tui.domain.agent import AgentSpec, AgentView
from conductor_tui.domain.check import CheckSpec, Finding, Outcome
from conductor_tui.domain.health import Health
from conductor_tui.domain.ids import AgentId, PlatformName
from conductor_tui.domain.settings import PlatformSettings

OPTIONS = Options(target="agent-001")


def view(health: Health, why: str = "") -> AgentView:
    return AgentView(spec=AgentSpec(agent=AgentId("agent-001")), health=health, why=why)


async def finding(known: AgentView | None) -> Finding:
    return await HeartbeatProbe(OPTIONS, lambda agent: known)()


@pytest.mark.parametrize(
    ("health", "outcome", "warns"),
    [
        (Health.HEALTHY, Outcome.PASSED, False),
        (Health.DEGRADED, Outcome.PASSED, True),
        (Health.CRITICAL, Outcome.PASSED, True),
        (Health.FAILED, Outcome.FAILED, False),
        (Health.UNKNOWN, Outcome.INCONCLUSIVE, False),
    ],
)
async def test_the_platform_is_as_well_as_its_agent(
    health: Health, outcome: Outcome, warns: bool
) -> None:
    found = await finding(view(health, "no beat for 12 s (every 5 s)"))
    assert (found.outcome, found.warns) == (outcome, warns)
    assert found.detail == f"agent-001 is {health}: no beat for 12 s (every 5 s)"


async def test_an_agent_that_has_not_come_yet_is_no_verdict() -> None:
    found = await finding(None)
    assert found == Finding(Outcome.INCONCLUSIVE, "agent agent-001 has not come yet")


async def test_it_asks_for_its_own_agent() -> None:
    asked: list[AgentId] = []

    def view_of(agent: AgentId) -> None:
        asked.append(agent)

    probe = open_probe(OPTIONS, view_of)
    await probe()
    probe.close()
    assert asked == ["agent-001"]


async def test_the_registry_of_probes_hands_it_what_is_known_of_agents() -> None:
    spec = CheckSpec(
        platform=PlatformName("bot"), probe="heartbeat", target="agent-001"
    )
    platform = PlatformSettings(spec=spec, options=OPTIONS)
    found = await kinds.open_probe(platform, lambda agent: view(Health.HEALTHY))()
    assert found.outcome is Outcome.PASSED
    nobody = await kinds.open_probe(platform)()
    assert nobody == Finding(
        Outcome.INCONCLUSIVE,
        "nobody listens for heartbeats here: agent-001 is not known",
    )


@pytest.mark.parametrize("target", ["", "two words", "x" * 200, "bell\x07"])
def test_a_target_that_can_be_no_agent_is_refused_in_words(target: str) -> None:
    with pytest.raises(ValueError, match="must be the name of an agent"):
        Options(target=target)
