"""From a failing check to somebody who is told: a whole engine, on a fake clock."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from conductor_tui.domain.alert import (
    AlertView,
    Delivery,
    DeliveryState,
    Notice,
    Scope,
    Silence,
)
from conductor_tui.domain.alert_events import AlertChanged, AttentionCalled
from conductor_tui.domain.alert_settings import AlertSettings, ChannelSettings
from conductor_tui.domain.commands import (
    AckAlert,
    AlertCommand,
    EndSilence,
    RedriveDelivery,
    SilenceAlerts,
    TestChannel,
    UnackAlert,
)
from conductor_tui.domain.errors import DeliveryFailed, JournalFailed
from conductor_tui.domain.ids import AlertKey, ChannelName, SilenceId
from conductor_tui.domain.settings import Settings
from conductor_tui.ports import AlertRecord, Channel, Kept
from conductor_tui.testing import EPOCH
from tests.build import spec
from tests.engine.stage import FAILED, PASSED, Stage, stage

API = AlertKey("platform:api")


class FakeChannel:
    """Takes notices, unless the test says otherwise. Satisfies ports.Channel."""

    def __init__(self) -> None:
        self.taken: list[Notice] = []
        self.failure: DeliveryFailed | None = None

    async def deliver(self, notice: Notice) -> None:
        if self.failure is not None:
            raise self.failure
        self.taken.append(notice)

    async def close(self) -> None: ...

    def open(
        self, settings: ChannelSettings, attend: Callable[[AttentionCalled], object]
    ) -> Channel:
        return self

    @property
    def kinds(self) -> list[str]:
        return [one.kind.value for one in self.taken]


class FakeJournal:
    """Keeps in memory, unless the test says otherwise. Satisfies ports.AlertJournal."""

    def __init__(self, kept: Kept | None = None) -> None:
        self.kept = kept or Kept()
        self.records: list[AlertRecord] = []
        self.ended: list[Silence] = []
        self.taken_by_another = False
        self.failure = ""

    async def open(self) -> Kept:
        if self.failure:
            raise JournalFailed(self.failure)
        if self.taken_by_another:
            raise JournalFailed("another conductor-tui keeps it", is_taken=True)
        return self.kept

    async def keep(
        self, records: Sequence[AlertRecord], ended: Sequence[Silence] = ()
    ) -> None:
        self.records += records
        self.ended += ended

    async def close(self) -> None: ...


def told_by(*names: str) -> Settings:
    channels = [
        ChannelSettings(name=ChannelName(name), kind="fake", options=None)
        for name in names
    ]
    return Settings(alerts=AlertSettings(channels=tuple(channels)))


def asked(staged: Stage, kind: type[AlertCommand], **more: object) -> AlertCommand:
    return kind(id=staged.new_id(), by="ann", **more)  # type: ignore[arg-type]


async def test_a_platform_that_fails_is_told_and_its_recovery_too() -> None:
    channel = FakeChannel()
    async with stage(settings=told_by("ops"), open_channel=channel.open) as on:
        on.probe().script = [FAILED]
        await on.pass_time(20)
        assert channel.kinds == ["OPENED"]
        assert channel.taken[0].text == "FAILED platform api: connection refused"
        on.probe().script = [PASSED]
        await on.pass_time(40)
        assert channel.kinds == ["OPENED", "RECOVERED"]
        alerts = on.hub.snapshot.alerts
        assert not alerts.open
        assert [one.state for one in alerts.delivered] == [DeliveryState.SENT] * 2


async def test_it_is_kept_before_it_is_told_and_before_it_is_tried() -> None:
    journal, channel = FakeJournal(), FakeChannel()
    order: list[str] = []
    keep, deliver = journal.keep, channel.deliver

    async def noted_keep(
        records: Sequence[AlertRecord], ended: Sequence[Silence] = ()
    ) -> None:
        await keep(records, ended)
        order.append("kept")

    async def noted_deliver(notice: Notice) -> None:
        order.append("tried")
        await deliver(notice)

    journal.keep = noted_keep  # type: ignore[method-assign]
    channel.deliver = noted_deliver  # type: ignore[method-assign]
    settings = told_by("ops")
    async with stage(
        settings=settings, open_channel=channel.open, journal=journal
    ) as on:
        on.hub.listen(
            lambda one: (
                order.append("told") if isinstance(one.event, AlertChanged) else None
            )
        )
        on.probe().script = [FAILED]
        await on.pass_time(20)
        assert order[:3] == ["kept", "told", "tried"]


async def test_a_broken_channel_is_told_on_another() -> None:
    bad, good = FakeChannel(), FakeChannel()
    bad.failure = DeliveryFailed("no route to host")
    channels = {"bad": bad, "good": good}
    async with stage(
        settings=told_by("bad", "good"),
        open_channel=lambda settings, attend: channels[settings.name],
    ) as on:
        on.probe().script = [FAILED]
        await on.pass_time(40)
        assert [one.subject.key for one in good.taken] == [
            "platform:api",
            "channel:bad",
        ]
        assert good.taken[1].state == "BROKEN"
        bad.failure = None
        await on.pass_time(60)
        assert [one.subject.key for one in bad.taken] == ["platform:api"]
        assert good.taken[-1].subject.key == "channel:bad"
        assert good.taken[-1].state == "HEALTHY"


async def test_an_ack_is_answered_kept_and_taken_back() -> None:
    journal = FakeJournal()
    async with stage(settings=told_by(), journal=journal) as on:
        on.probe().script = [FAILED]
        await on.pass_time(20)
        answer = await on.ask(asked(on, AckAlert, alert=API, why="on it"))
        assert answer.granted
        assert answer.alert == API
        ack = on.hub.snapshot.alerts.open[API].ack
        assert ack is not None
        assert (ack.by, ack.why) == ("ann", "on it")
        again = await on.ask(asked(on, AckAlert, alert=API))
        assert again.words == "ann has acknowledged it already"
        assert (await on.ask(asked(on, UnackAlert, alert=API))).granted
        assert on.hub.snapshot.alerts.open[API].ack is None
        strange = await on.ask(asked(on, AckAlert, alert=AlertKey("platform:x")))
        assert strange.words == "no alert of platform:x is open"


async def test_a_silence_has_a_reason_and_an_end_and_ends_by_itself() -> None:
    journal, channel = FakeJournal(), FakeChannel()
    settings = told_by("ops")
    async with stage(
        settings=settings, open_channel=channel.open, journal=journal
    ) as on:
        scope = Scope(names=frozenset({"api"}))
        for why, ttl_s, words in (
            ("", 60.0, "a silence needs a reason"),
            ("x", 1e9, "a silence lasts 30d at the most: say how long"),
        ):
            command = asked(on, SilenceAlerts, scope=scope, why=why, ttl_s=ttl_s)
            assert (await on.ask(command)).words == words
        command = asked(on, SilenceAlerts, scope=scope, why="moving", ttl_s=60.0)
        assert (await on.ask(command)).granted
        [silence] = on.hub.snapshot.alerts.silences.in_order()
        on.probe().script = [FAILED]
        await on.pass_time(59)
        assert channel.taken == []
        await on.pass_time(2)
        assert channel.kinds == ["OPENED"]
        assert not on.hub.snapshot.alerts.silences
        assert journal.ended == [silence]


async def test_a_silence_may_be_ended() -> None:
    async with stage(settings=told_by()) as on:
        command = asked(on, SilenceAlerts, scope=Scope(), why="moving", ttl_s=60.0)
        await on.ask(command)
        [silence] = on.hub.snapshot.alerts.silences
        assert (await on.ask(asked(on, EndSilence, silence=silence))).granted
        assert not on.hub.snapshot.alerts.silences
        unknown = asked(on, EndSilence, silence=SilenceId("nope"))
        assert (await on.ask(unknown)).words == "no silence nope is on"


async def test_a_test_goes_through_one_channel_or_all() -> None:
    channels = {"a": FakeChannel(), "b": FakeChannel()}
    async with stage(
        settings=told_by("a", "b"),
        open_channel=lambda settings, attend: channels[settings.name],
    ) as on:
        answer = await on.ask(asked(on, TestChannel, channel=ChannelName("b")))
        assert answer.words == "a test is on its way through b"
        await on.ask(asked(on, TestChannel))
        await on.pass_time(1)
        assert (channels["a"].kinds, channels["b"].kinds) == (["TEST"], ["TEST"] * 2)
        unknown = await on.ask(asked(on, TestChannel, channel=ChannelName("c")))
        assert unknown.words == "no channel is called 'c': a, b"


async def test_without_channels_a_test_says_what_to_do() -> None:
    async with stage(settings=told_by()) as on:
        answer = await on.ask(asked(on, TestChannel))
        assert not answer.granted
        assert "add a [[channel]]" in answer.words
        nothing = await on.ask(asked(on, RedriveDelivery))
        assert not nothing.granted


async def test_the_second_conductor_tells_nobody_until_the_first_is_gone() -> None:
    journal, channel = FakeJournal(), FakeChannel()
    journal.taken_by_another = True
    settings = told_by("ops")
    async with stage(
        settings=settings, open_channel=channel.open, journal=journal
    ) as on:
        on.probe().script = [FAILED]
        await on.pass_time(60)
        assert channel.taken == []
        assert on.hub.snapshot.alerts.open[API].quiet == (
            "another conductor-tui tells people"
        )
        answer = await on.ask(asked(on, AckAlert, alert=API))
        assert answer.words == "ask there: another conductor-tui keeps it"
        journal.taken_by_another = False
        await on.pass_time(10)
        assert channel.kinds == ["OPENED"]


async def test_what_the_first_one_told_the_second_does_not_tell_again() -> None:
    first, journal, channel = FakeJournal(), FakeJournal(), FakeChannel()
    async with stage(
        settings=told_by("ops"), open_channel=channel.open, journal=first
    ) as on:
        on.probe().script = [FAILED]
        await on.pass_time(20)
        alerts = tuple(on.hub.snapshot.alerts.open.in_order())
    assert channel.kinds == ["OPENED"]
    journal.taken_by_another = True
    journal.kept = Kept(alerts=alerts)
    async with stage(
        settings=told_by("ops"),
        open_channel=channel.open,
        journal=journal,
        script=[FAILED],
    ) as on:
        await on.pass_time(20)
        journal.taken_by_another = False
        await on.pass_time(20)
        assert channel.kinds == ["OPENED"]
        on.probe().script = [PASSED]
        await on.pass_time(60)
        assert channel.kinds == ["OPENED", "RECOVERED"]


async def test_one_that_looks_once_alerts_nobody() -> None:
    journal, channel = FakeJournal(), FakeChannel()
    async with stage(
        settings=told_by("ops"),
        open_channel=channel.open,
        journal=journal,
        script=[FAILED],
        once=True,
    ) as on:
        await on.pass_time(20)
        assert (channel.taken, journal.records) == ([], [])


async def test_other_channels_are_in_force_after_a_reload() -> None:
    channel = FakeChannel()
    async with stage(settings=told_by(), open_channel=channel.open) as on:
        on.probe().script = [FAILED]
        await on.pass_time(20)
        settings = replace(
            told_by("ops"), platforms=on.conductor.in_force.settings.platforms
        )
        answer = await on.reload(settings)
        assert "[[channel]] changed" in answer.words
        on.probe().script = [PASSED]
        await on.pass_time(60)
        assert channel.kinds == ["RECOVERED"]


async def test_a_restart_goes_on_with_reminders_and_silences() -> None:
    at = EPOCH
    silence = _silence(at)
    journal = FakeJournal(Kept(silences=(silence,)))
    channel = FakeChannel()
    async with stage(
        spec("api"),
        settings=told_by("ops"),
        open_channel=channel.open,
        journal=journal,
        script=[FAILED],
    ) as on:
        await on.pass_time(119)
        assert channel.taken == []
        await on.pass_time(2)
        assert channel.kinds == ["OPENED"]


def _silence(at: datetime) -> Silence:
    from datetime import timedelta

    return Silence(
        id=SilenceId("s1"),
        scope=Scope(),
        by="ann",
        why="night",
        at=at,
        until=at + timedelta(seconds=120),
    )


async def test_complaint_2_nothing_is_lost_while_the_channel_is_down() -> None:
    channel = FakeChannel()
    channel.failure = DeliveryFailed("no route to host")
    async with stage(settings=told_by("ops"), open_channel=channel.open) as on:
        on.probe().script = [FAILED]
        await on.pass_time(20)
        failed_at = on.view().since
        on.probe().script = [PASSED]
        await on.pass_time(580)
        assert channel.taken == []
        channel.failure = None
        await on.pass_time(600)
        about_api = [one for one in channel.taken if one.subject.key == API]
        assert [one.kind.value for one in about_api] == ["OPENED", "RECOVERED"]
        assert failed_at is not None
        assert about_api[0].at == failed_at


async def test_complaint_15_a_dead_sender_does_not_die_unnoticed() -> None:
    channel = FakeChannel()
    channel.failure = DeliveryFailed("401: the token is wrong", is_final=True)
    async with stage(settings=told_by("ops"), open_channel=channel.open) as on:
        for _ in range(3):
            await on.ask(asked(on, TestChannel))
        await on.pass_time(2)
        alerts = on.hub.snapshot.alerts
        assert alerts.open[AlertKey("channel:ops")].state == "BROKEN"
        assert [one.state for one in alerts.outbox.in_order()] == (
            [DeliveryState.GIVEN_UP] * 3
        )


async def test_60_platforms_that_fail_together_are_one_notice_and_one_end() -> None:
    channel = FakeChannel()
    names = [f"p{number:02}" for number in range(60)]
    async with stage(
        *[spec(name) for name in names],
        settings=told_by("ops"),
        open_channel=channel.open,
    ) as on:
        await on.pass_time(10)
        for name in names:
            on.probe(name).script = [FAILED]
        await on.pass_time(120)
        assert [(one.kind.value, one.subject.key) for one in channel.taken] == [
            ("OPENED", "group:platforms")
        ]
        assert len(channel.taken[0].members) == 60
        for name in names:
            on.probe(name).script = [PASSED]
        await on.pass_time(120)
        assert channel.kinds == ["OPENED", "RECOVERED"]


async def test_a_journal_that_can_be_opened_later_gets_all_and_gives_all() -> None:
    channel, journal = FakeChannel(), FakeJournal()
    async with stage(
        settings=told_by("ops"), open_channel=channel.open, journal=journal
    ) as on:
        on.probe().script = [FAILED]
        await on.pass_time(20)
    [was_open] = [
        one for one in journal.records if isinstance(one, AlertView) and one.told
    ][-1:]
    numbers = [one.id for one in journal.records if isinstance(one, Delivery)]
    later = FakeJournal(Kept(alerts=(was_open,), last_delivery=max(numbers)))
    later.failure = "it may not be written: mend its rights"
    async with stage(
        settings=told_by("ops"), open_channel=channel.open, journal=later
    ) as on:
        on.probe().script = [FAILED]
        await on.pass_time(20)
        assert later.records == []
        trouble = on.hub.snapshot.alerts.trouble
        assert trouble.startswith(later.failure)
        assert "tried again every few seconds" in trouble
        later.failure = ""
        await on.pass_time(10)
        assert on.hub.snapshot.alerts.trouble == ""
        assert {one.key for one in later.records if isinstance(one, AlertView)}
        on.probe().script = [PASSED]
        await on.pass_time(60)
    sent = [one for one in later.records if isinstance(one, Delivery)]
    assert {one.notice.kind.value for one in sent} == {"RECOVERED"}
    assert min(one.id for one in sent) > max(numbers)
