"""Plug-ins in a whole engine: what is wanted runs, and has a platform."""

from dataclasses import replace

from conductor_tui.domain.check import Finding, Outcome
from conductor_tui.domain.commands import ReloadPlugin
from conductor_tui.domain.errors import PluginFailed
from conductor_tui.domain.health import Health
from conductor_tui.domain.ids import PlatformName, PluginName
from conductor_tui.domain.plugin import LogLine, PluginState
from conductor_tui.domain.plugin_events import (
    PluginChanged,
    PluginErred,
    PluginLogged,
    PluginsSampled,
)
from conductor_tui.domain.settings import PlatformSettings, Settings
from conductor_tui.engine.plugins.plugins import MOST_ORDERS
from conductor_tui.testing import EPOCH, FakeClock, settle
from tests.build import spec
from tests.engine.plugins.fakes import (
    FakeHost,
    PluginStage,
    plugin,
    plugin_stage,
    source,
)
from tests.engine.recording.memory_state import MemoryState

P = PluginState


def states(made: PluginStage, name: str = "echo") -> list[PluginState]:
    moves = made.staged.told(PluginChanged)
    return [
        one.now
        for one in moves
        if isinstance(one, PluginChanged) and one.plugin == name
    ]


async def test_a_plug_in_of_the_settings_begins_and_is_active() -> None:
    async with plugin_stage(plugin("echo")) as made:
        assert states(made) == [P.LOADING, P.ACTIVE]
        assert made.view().state is P.ACTIVE
        assert made.view().figures.pid == 100


async def test_one_that_is_only_installed_is_listed_and_never_opened() -> None:
    async with plugin_stage() as made:
        assert made.view().state is P.DISCOVERED
        assert made.host.workers == []
        assert made.staged.hub.snapshot.platforms == {}


async def test_its_platform_comes_by_itself_and_is_as_well_as_it_says() -> None:
    async with plugin_stage(plugin("echo")) as made:
        view = made.staged.view("echo")
        assert (view.spec.probe, view.health) == ("plugin", Health.HEALTHY)
        made.host.worker("echo").health = Finding(Outcome.FAILED, "no answer")
        await made.staged.clock.advance(5)
        assert made.staged.view("echo").health is Health.DEGRADED


async def test_a_platform_that_names_it_is_enough() -> None:
    chat = replace(spec("chat"), probe="plugin", target="echo")
    settings = Settings(platforms=(PlatformSettings(spec=chat, options="echo"),))
    async with plugin_stage(plugin("echo"), settings=settings) as made:
        assert list(made.staged.hub.snapshot.platforms) == ["chat"]
        assert made.staged.view("chat").health is Health.HEALTHY


async def test_a_platform_of_its_name_that_is_something_else_keeps_the_name() -> None:
    settings = Settings(platforms=(PlatformSettings(spec=spec("echo"), options=None),))
    async with plugin_stage(plugin("echo"), settings=settings) as made:
        assert set(made.staged.hub.snapshot.platforms) == {"echo", "plugin-echo"}
        assert made.staged.view("echo").spec.probe != "plugin"


async def test_enabling_lets_it_run_and_disabling_pauses_what_it_watches() -> None:
    async with plugin_stage() as made:
        answer = await made.enable()
        assert (answer.granted, answer.words) == (True, "enabled: it begins now")
        assert made.view().state is P.ACTIVE
        assert made.staged.view("echo").health is Health.HEALTHY
        answer = await made.disable()
        assert answer.granted
        assert made.view().state is P.DISABLED
        assert made.host.worker("echo").is_stopped
        pause = made.staged.view("echo").pause
        assert pause is not None
        assert (pause.by, pause.why) == ("plug-in echo", "it is DISABLED")
        await made.enable()
        assert made.staged.view("echo").pause is None


async def test_an_operators_own_pause_outlives_that_of_the_plug_in() -> None:
    async with plugin_stage(plugin("echo")) as made:
        await made.staged.pause("swap the disk", name="echo")
        await made.disable()
        await made.enable()
        pause = made.staged.view("echo").pause
        assert pause is not None
        assert pause.why == "swap the disk"


async def test_reloading_ends_it_and_begins_anew_with_the_code_of_now() -> None:
    async with plugin_stage(plugin("echo")) as made:
        made.registry.sources = [replace(source("echo"), version="2.0"), source("db")]
        answer = await made.reload()
        assert answer.granted
        assert made.view().state is P.ACTIVE
        assert made.view().spec.source == "echo-plugin 2.0"
        assert made.host.diary.count("initialize echo") >= 2
        assert made.host.workers[0].is_stopped


async def test_what_makes_no_sense_is_refused_in_words() -> None:
    async with plugin_stage(plugin("echo"), plugin("db", requires=["echo"])) as made:
        for answer, words in (
            (await made.enable(), "it is ACTIVE already"),
            (await made.disable(), "db requires it: disable that first"),
            (await made.enable("nope"), "no plug-in is called 'nope'"),
        ):
            assert (answer.granted, answer.words) == (False, words)
        await made.disable("db")
        answer = await made.reload("db")
        assert (answer.granted, answer.words) == (False, "it does not run: enable it")


async def test_a_package_that_was_installed_a_moment_ago_can_be_enabled() -> None:
    async with plugin_stage() as made:
        made.registry.sources.append(source("matrix"))
        assert (await made.enable("matrix")).granted
        assert made.view("matrix").state is P.ACTIVE


async def test_one_that_dies_begins_again_at_once_and_its_neighbour_is_untouched() -> (
    None
):
    async with plugin_stage(plugin("echo"), plugin("db")) as made:
        made.host.worker("echo").die("it was killed by SIGSEGV")
        await made.rest()
        assert states(made) == [P.LOADING, P.ACTIVE, P.LOADING, P.ACTIVE]
        assert made.view().restarts == 1
        assert made.view().error == "it was killed by SIGSEGV"
        assert states(made, "db") == [P.LOADING, P.ACTIVE]


async def test_one_that_dies_again_and_again_waits_longer_then_is_failed() -> None:
    async with plugin_stage(plugin("echo", restarts=2)) as made:
        for wait_s in (0, 1):
            made.host.worker("echo").die("it hung")
            await made.rest()
            if wait_s:
                assert made.view().state is P.LOADING
                assert made.view().retry_at is not None
                await made.staged.clock.advance(wait_s)
            assert made.view().state is P.ACTIVE
        made.host.worker("echo").die("it hung")
        await made.rest()
        assert made.view().state is P.FAILED
        assert made.view().why == "it hung; failed 3 times: no more"
        await made.staged.clock.advance(10)
        assert made.staged.view("echo").health in (Health.CRITICAL, Health.FAILED)
        word = made.staged.view("echo").word
        assert word is not None
        assert "plug-in FAILED: it hung" in word.detail


async def test_a_settings_error_is_final_and_told_and_enabling_tries_again() -> None:
    host = FakeHost()
    words = "its settings: port: missing"
    host.troubles["echo", "load"] = [PluginFailed(words, is_final=True)]
    async with plugin_stage(plugin("echo"), host=host) as made:
        assert (made.view().state, made.view().why) == (P.FAILED, words)
        assert host.diary == ["load echo", "stop echo"]
        host.troubles.clear()
        assert (await made.enable()).granted
        assert made.view().state is P.ACTIVE


async def test_what_may_pass_is_tried_again() -> None:
    host = FakeHost()
    host.troubles["echo", "initialize"] = [
        PluginFailed("connection refused"),
        PluginFailed("connection refused"),
    ]
    async with plugin_stage(plugin("echo"), host=host) as made:
        assert made.view().state is P.LOADING
        host.troubles.clear()
        await made.staged.clock.advance(2)
        assert made.view().state is P.ACTIVE


async def test_it_begins_after_what_it_requires_and_ends_before_it() -> None:
    host = FakeHost()
    host.requires["echo"] = (PluginName("db"),)  # its class says so
    async with plugin_stage(plugin("echo"), plugin("db"), host=host) as made:
        begun = [one for one in host.diary if one.startswith("initialize")]
        assert begun == ["initialize db", "initialize echo"]
        assert made.view().state is P.ACTIVE
    assert [one for one in host.diary if one.startswith("stop")] == [
        "stop echo",
        "stop db",
    ]
    assert host.is_closed


async def test_it_waits_for_what_it_requires_and_says_so() -> None:
    async with plugin_stage(
        plugin("echo", requires=["db"]), plugin("db", enabled=False)
    ) as made:
        assert made.view().state is P.LOADING
        assert made.view().why == "waits for db, which is DISABLED"
        await made.enable("db")
        assert made.view().state is P.ACTIVE


async def test_those_that_require_each_other_are_failed_not_waiting_for_ever() -> None:
    host = FakeHost()
    host.requires |= {"echo": (PluginName("db"),), "db": (PluginName("echo"),)}
    async with plugin_stage(plugin("echo"), plugin("db"), host=host) as made:
        assert made.view().state is P.FAILED or made.view("db").state is P.FAILED
        assert "requires itself" in made.view().why + made.view("db").why


async def test_one_that_is_not_installed_is_failed_in_words() -> None:
    async with plugin_stage(plugin("matrix")) as made:
        assert made.view("matrix").state is P.FAILED
        assert "no plug-in 'matrix' is installed" in made.view("matrix").why
        assert made.host.workers == []


async def test_other_settings_begin_it_anew_and_the_same_ones_leave_it_alone() -> None:
    async with plugin_stage(plugin("echo")) as made:
        same = Settings(discover=True, plugins=(plugin("echo"),))
        assert (await made.staged.reload(same)).granted
        await made.rest()
        assert len(made.host.workers) == 1
        other = Settings(discover=True, plugins=(plugin("echo", config={"port": 1}),))
        assert "[plugin.NAME] changed" in (await made.staged.reload(other)).words
        await made.rest()
        assert len(made.host.workers) == 2
        assert made.view().state is P.ACTIVE


async def test_one_that_is_taken_out_of_the_settings_ends_with_its_platform() -> None:
    async with plugin_stage(plugin("echo")) as made:
        await made.staged.reload(Settings(discover=True))
        await made.rest()
        assert made.view().state is P.DISCOVERED
        assert made.host.worker("echo").is_stopped
        assert made.staged.hub.snapshot.platforms == {}


async def test_one_that_is_uninstalled_and_in_no_settings_is_gone() -> None:
    async with plugin_stage() as made:
        made.registry.sources = [source("db")]
        await made.enable("db")
        assert made.names == ["db"]


async def test_a_persons_word_outlives_a_restart() -> None:
    journal = MemoryState(FakeClock())
    async with plugin_stage(plugin("echo"), state=journal) as made:
        await made.disable("echo")
        await made.enable("db")
    assert journal.plugins == {"echo": False, "db": True}
    async with plugin_stage(plugin("echo"), state=journal) as made:
        assert made.view("echo").state is P.DISABLED
        assert made.view("db").state is P.ACTIVE
        await made.enable("echo")
    assert journal.plugins == {"db": True}  # as the settings say: nothing to keep


async def test_what_it_writes_and_takes_is_told_together() -> None:
    async with plugin_stage(plugin("echo")) as made:
        worker = made.host.worker("echo")
        worker.log = [LogLine(at=EPOCH, text=f"line {n}") for n in range(60)]
        await made.staged.clock.advance(1)
        [told] = made.staged.told(PluginLogged)
        assert isinstance(told, PluginLogged)
        assert len(told.lines) == 51
        assert told.lines[-1].text == "10 more lines were left out"
        assert made.view().figures.rss_bytes == 1000
        sampled = len(made.staged.told(PluginsSampled))
        await made.staged.clock.advance(5)
        assert len(made.staged.told(PluginsSampled)) == sampled


async def test_the_same_complaint_is_told_once_a_minute_with_how_often() -> None:
    async with plugin_stage(plugin("echo")) as made:
        worker = made.host.worker("echo")
        for _ in range(4):
            worker.errors.append("health_check raised KeyError")
            await made.staged.clock.advance(5)
        assert len(made.staged.told(PluginErred)) == 1
        await made.staged.clock.advance(60)
        told = made.staged.told(PluginErred)
        assert [one.count for one in told if isinstance(one, PluginErred)] == [1, 3]
        assert made.view().failures == 4


async def test_what_it_wrote_last_is_told_when_it_dies() -> None:
    async with plugin_stage(plugin("echo", restarts=0)) as made:
        worker = made.host.worker("echo")
        worker.log = [LogLine(at=EPOCH, text="the last words")]
        worker.die("it exited by itself with code 1")
        await made.rest()
        assert made.view().log[-1].text == "the last words"


async def test_an_open_breaker_may_try_once_its_plug_in_is_active_again() -> None:
    async with plugin_stage(plugin("echo", restarts=0)) as made:
        made.host.worker("echo").die("it hung")
        await made.staged.clock.advance(20)
        assert made.staged.view("echo").breaker.state == "OPEN"
        await made.enable()
        assert made.staged.view("echo").breaker.state == "CLOSED"
        assert made.staged.view("echo").health is Health.HEALTHY


async def test_platform_names_its_plug_in() -> None:
    async with plugin_stage(plugin("echo")) as made:
        snapshot = made.staged.hub.snapshot
        assert snapshot.platforms_of(PluginName("echo")) == (PlatformName("echo"),)


async def test_what_is_asked_for_as_conductor_stops_is_answered() -> None:
    async with plugin_stage(plugin("echo")) as made:
        commands = [
            ReloadPlugin(id=made.staged.new_id(), by="ann", plugin=PluginName("echo"))
            for _ in range(3)
        ]
        for command in commands:
            made.staged.conductor.control.handle(command)
    said = [made.staged.answer_to(one).words for one in commands]
    assert said == ["this conductor is stopping"] * 3


async def test_more_commands_than_anybody_could_mean_are_refused_at_once() -> None:
    async with plugin_stage(plugin("echo")) as made:
        for _ in range(MOST_ORDERS + 5):
            command = ReloadPlugin(
                id=made.staged.new_id(), by="ann", plugin=PluginName("echo")
            )
            made.staged.conductor.control.handle(command)
        await settle()
        refused = [one for one in made.staged.answers if not one.granted]
        assert len(refused) == 5
        assert refused[0].words == "100 commands wait already: ask again later"
