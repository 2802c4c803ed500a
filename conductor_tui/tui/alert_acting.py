"""The keys that act on alerts: on those under the cursor, on any screen."""

from typing import TYPE_CHECKING

from conductor_tui.domain.alert import AlertView, Scope, Subject, SubjectKind
from conductor_tui.domain.alert_events import AttentionCalled
from conductor_tui.domain.ids import AgentId, AlertKey
from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.tui import commanding
from conductor_tui.tui.agent_acting import AgentActingApp
from conductor_tui.tui.messages import ListsAlerts, PicksAgent
from conductor_tui.tui.present.listing import listing

if TYPE_CHECKING:
    from conductor_tui.tui.screens.silence import Said

_OF_PLATFORM = (SubjectKind.PLATFORM, SubjectKind.BREAKER, SubjectKind.RECOVERY)


class AlertActingApp(AgentActingApp):
    """An app whose keys acknowledge and silence; and drive deliveries.

    A screen is imported when it is opened: the first paint must not wait for it.
    """

    _answered: tuple[int, int] | None = None  # up to which event, how many calls

    async def action_alerts(self) -> None:
        from conductor_tui.tui.screens.alerts import AlertsScreen

        await self._go(lambda: AlertsScreen(ascii=self.ascii, zone=self.zone))

    @property
    def _aimed_alerts(self) -> tuple[AlertView, ...]:
        """The open alerts of what is picked or marked."""
        found = self._seen.alerts.open
        keys = self._aimed_keys
        return tuple(alert for key in keys if (alert := found.get(key)) is not None)

    @property
    def _aimed_keys(self) -> tuple[AlertKey, ...]:
        seat = self._seat
        if seat is None or not seat.is_mounted:
            return ()
        if isinstance(seat, ListsAlerts):
            return seat.picked_alerts
        return tuple(
            Subject(kind=kind, name=one.name).key
            for one in self._aimed_subjects
            for kind in _kinds_of(one)
        )

    @property
    def _aimed_subjects(self) -> tuple[Subject, ...]:
        """What is picked or marked, whether it has an alert or not."""
        seat, seen = self._seat, self._seen
        if isinstance(seat, ListsAlerts):
            alerts = self._aimed_alerts
            return tuple(one.subject for one in alerts)
        if isinstance(seat, PicksAgent):
            return tuple(_of_agent(seen, name) for name in self._aimed_agents)
        return tuple(
            Subject(
                kind=SubjectKind.PLATFORM,
                name=aim.platform,
                group=aim.view.spec.group,
                tags=aim.view.spec.tags,
            )
            for aim in self._aims
        )

    def action_ack(self) -> None:
        """Acknowledge those that nobody has; when all are, take it back."""
        self._ack(sticky=False)

    def action_ack_sticky(self) -> None:
        self._ack(sticky=True)

    def _ack(self, *, sticky: bool) -> None:
        operator, alerts = self.desk.operator, self._aimed_alerts
        fresh = [
            one for one in alerts if one.ack is None or (sticky and not one.ack.sticky)
        ]
        if fresh:
            self._send(
                commanding.ack(one.key, operator, sticky=sticky) for one in fresh
            )
        elif alerts:
            self._send(commanding.unack(one.key, operator) for one in alerts)
        else:
            self._say("acknowledge: no alert is open here")

    def action_silence(self) -> None:
        from conductor_tui.tui.screens.silence import SilenceScreen

        subjects = self._aimed_subjects
        if not subjects:
            self._say("silence: nothing is picked here")
            return
        screen = SilenceScreen(_scopes(subjects), self._lens, ascii=self.ascii)
        self.push_screen(screen, self._silence)

    def _silence(self, said: "Said | None") -> None:
        if said:
            operator = self.desk.operator
            self._send(
                [
                    commanding.silence(
                        said.scope, operator, why=said.why, ttl_s=said.ttl_s
                    )
                ]
            )

    def action_redrive(self) -> None:
        """Try the picked deliveries again at once."""
        if isinstance(seat := self._seat, ListsAlerts):
            operator, picked = self.desk.operator, seat.picked_deliveries
            self._send(commanding.redrive(number, operator) for number in picked)

    def action_redrive_all(self) -> None:
        self._send([commanding.redrive(None, self.desk.operator)])

    def action_drop(self) -> None:
        """End the picked silences; or discard the picked deliveries, with a reason."""
        seat = self._seat
        if not isinstance(seat, ListsAlerts):
            return
        operator = self.desk.operator
        if silences := seat.picked_silences:
            self._send(commanding.end_silence(one, operator) for one in silences)
        elif picked := seat.picked_deliveries:
            from conductor_tui.tui.screens.silence import WhyScreen

            many = f"delivery {picked[0]}"
            many = many if len(picked) == 1 else f"{len(picked)} deliveries"
            facts = "It is never told. The reason stays with it."
            screen = WhyScreen(f"Discard  {many}", facts, "Discard", ascii=self.ascii)

            def discard(said: "Said | None") -> None:
                if said:
                    self._send(
                        commanding.discard(number, operator, why=said.why)
                        for number in picked
                    )

            self.push_screen(screen, discard)

    def action_try_channel(self) -> None:
        """Send a labelled notice through the picked channel."""
        seat = self._seat
        if isinstance(seat, ListsAlerts) and seat.picked_channel is not None:
            operator = self.desk.operator
            self._send([commanding.try_channel(seat.picked_channel, operator)])

    def action_try_channels(self) -> None:
        self._send([commanding.try_channel(None, self.desk.operator)])

    def answer_calls(self) -> None:
        """Call the person for each call that is new. Those from before we looked, or
        of another history, are none of theirs.
        """
        snapshot = self.feed.snapshot
        alerts, known = snapshot.alerts, self._answered
        is_another = known is None or snapshot.seq < known[0]
        self._answered = (snapshot.seq, alerts.called)
        if known is None or is_another:
            return
        if (new := alerts.called - known[1]) > 0:
            for call in alerts.calls[-new:]:
                self._call(call)

    def _call(self, call: AttentionCalled) -> None:
        """Ring, and ask the terminal for a notification of its desktop."""
        if call.bell:
            self.bell()
        text, title = _harmless(call.text), _harmless(call.title)
        if call.how == "osc9":
            self.write_to_terminal(f"\x1b]9;{text}\x07")
        elif call.how == "osc777":
            self.write_to_terminal(f"\x1b]777;notify;{title};{text}\x07")

    @property
    def _alert_standing(self) -> tuple[bool, ...]:
        """What the keys for alerts depend on: asked at each look."""
        seat = self._seat
        has_alert = bool(self._aimed_alerts)
        if not isinstance(seat, ListsAlerts):
            return (has_alert,)
        return (
            has_alert,
            bool(seat.picked_deliveries),
            bool(seat.picked_silences),
            seat.picked_channel is not None,
        )

    def _alert_obstacle(self, action: str) -> str:
        """Say why an action on alerts means nothing here and now; "" when it does."""
        seat = self._seat
        if action in ("ack", "ack_sticky") and not self._aimed_alerts:
            return "acknowledge: no alert is open here"
        if action == "silence" and not self._aimed_subjects:
            return "silence: nothing is picked here"
        if not isinstance(seat, ListsAlerts):
            return ""
        if action == "redrive" and not seat.picked_deliveries:
            return "try again: no delivery is picked here"
        if action == "drop" and not (seat.picked_deliveries or seat.picked_silences):
            return "discard: neither a delivery nor a silence is picked here"
        if action == "try_channel" and seat.picked_channel is None:
            return "test: no channel is picked here"
        return ""


def _kinds_of(subject: Subject) -> tuple[SubjectKind, ...]:
    if subject.kind is SubjectKind.AGENT:
        return (SubjectKind.AGENT, SubjectKind.RECOVERY)
    return _OF_PLATFORM


def _of_agent(seen: Snapshot, name: AgentId) -> Subject:
    spec = seen.agents[name].spec
    return Subject(kind=SubjectKind.AGENT, name=name, group=spec.group, tags=spec.tags)


def _scopes(subjects: tuple[Subject, ...]) -> list[tuple[str, Scope]]:
    """Return the scopes to choose from: these alone, their group, their tags."""
    names = frozenset(one.name for one in subjects)
    scopes = [(listing(sorted(names), 3), Scope(names=names))]
    groups = sorted({one.group for one in subjects if one.group})
    scopes += [(f"group {one}", Scope(groups=frozenset({one}))) for one in groups[:2]]
    tags = sorted({tag for one in subjects for tag in one.tags})
    scopes += [(f"tag {one}", Scope(tags=frozenset({one}))) for one in tags[:2]]
    return [*scopes, ("everything", Scope())]


def _harmless(text: str) -> str:
    """Return text that ends no sequence and begins none."""
    return "".join(char for char in text if char.isprintable()).replace(";", ",")
