"""What happened to agents, in words."""

from conductor_tui.domain.agent import AgentSpec
from conductor_tui.domain.duration import format_duration
from conductor_tui.domain.events import (
    AgentAdded,
    AgentChanged,
    AgentHealthChanged,
    AgentRemoved,
)


def told_words(
    event: AgentAdded | AgentChanged | AgentRemoved | AgentHealthChanged,
) -> tuple[str, str, str]:
    """Return about whom it is, what happened, and the details."""
    match event:
        case AgentAdded(spec=spec):
            return spec.agent, "listened for", expected(spec)
        case AgentChanged(spec=spec):
            return spec.agent, "changed", expected(spec)
        case AgentRemoved(agent=agent, why=why):
            return agent, "not listened for", why
        case AgentHealthChanged(agent=agent, was=was, now=now, why=why):
            return agent, now.value, why or f"was {was}"


def expected(spec: AgentSpec) -> str:
    """Say when an agent is expected: "a beat every 5s"."""
    if spec.cron:
        return f"a beat at {spec.cron} {spec.zone}".rstrip()
    return f"a beat every {format_duration(spec.interval_s)}"
