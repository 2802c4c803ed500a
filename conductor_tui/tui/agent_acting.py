"""The keys that act on agents: on the one under the cursor, or on all marked."""

from collections.abc import Sequence

from conductor_tui.domain.ids import AgentId
from conductor_tui.tui import commanding
from conductor_tui.tui.acting import ActingApp
from conductor_tui.tui.messages import OpenAgent, PicksAgent


class AgentActingApp(ActingApp):
    """An app whose keys beat for agents, and forget them.

    A screen is imported when it is opened: the first paint must not wait for it.
    """

    @property
    def _aimed_agents(self) -> tuple[AgentId, ...]:
        """The marked agents, or the one under the cursor, that are known."""
        seat = self._seat
        if seat is None or not seat.is_mounted or not isinstance(seat, PicksAgent):
            return ()
        picked = seat.picked_agent
        names = seat.marked_agents or ((picked,) if picked else ())
        known = self._seen.agents
        return tuple(name for name in names if name in known)

    @property
    def _has_agents(self) -> bool:
        """True when a key has an agent to act on: asked at each look. By what is drawn:
        between one that is gone and the next under the cursor nothing is taken away.
        """
        seat = self._seat
        if seat is None or not seat.is_mounted or not isinstance(seat, PicksAgent):
            return False
        return seat.picked_agent is not None or bool(seat.marked_agents)

    async def action_agents(self) -> None:
        from conductor_tui.tui.screens.agents import AgentsScreen

        await self._go(lambda: AgentsScreen(ascii=self.ascii, zone=self.zone))

    def on_open_agent(self, message: OpenAgent) -> None:
        from conductor_tui.tui.screens.agent import AgentScreen

        screen = AgentScreen(message.agent, ascii=self.ascii, zone=self.zone)
        self.push_screen(screen)

    def action_beat(self) -> None:
        operator = self.desk.operator
        self._send([commanding.beat(name, operator) for name in self._aimed_agents])

    def action_forget(self) -> None:
        """Ask first. Those that stand in the settings would only come again."""
        from conductor_tui.tui.screens.forget import ForgetScreen

        agents, names = self._seen.agents, self._aimed_agents
        created = tuple(name for name in names if agents[name].spec.is_created)
        if created:
            screen = ForgetScreen(created, len(names), ascii=self.ascii)
            self.push_screen(screen, self._forget)
        elif names:
            origin = agents[names[0]].spec.origin or "the settings"
            one = names[0] if len(names) == 1 else f"all {len(names)}"
            self._say(f"forget: {one} came by no beat, but from {origin}")

    def _forget(self, names: Sequence[AgentId] | None) -> None:
        operator = self.desk.operator
        self._send([commanding.forget(name, operator) for name in names or ()])
