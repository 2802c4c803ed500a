"""Whatever people, settings and plug-ins do in whatever order: the newest word holds, a
plug-in has one worker at the most, and none is left at the end.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from conductor_tui.domain.errors import PluginFailed
from conductor_tui.domain.ids import PluginName
from conductor_tui.domain.plugin import PluginState
from conductor_tui.domain.settings import Settings
from tests.engine.plugins.fakes import FakeHost, PluginStage, plugin, plugin_stage

NAMES = ("echo", "db")
STEPS = st.tuples(
    st.sampled_from(
        ["enable", "disable", "reload", "die", "fail", "mend", "settings", "wait"]
    ),
    st.sampled_from(NAMES),
)


async def take(made: PluginStage, step: str, name: str, number: int) -> None:
    host = made.host
    match step:
        case "enable":
            await made.enable(name)
        case "disable":
            await made.disable(name)
        case "reload":
            await made.reload(name)
        case "die":
            alive = [one for one in host.workers if one.settings.name == name]
            if alive and not alive[-1].is_stopped and made.view(name).state == "ACTIVE":
                alive[-1].die("it hung")
                await made.rest()
        case "fail":
            host.troubles[name, "load"] = [PluginFailed("no", is_final=number % 2 == 0)]
        case "mend":
            host.troubles.clear()
        case "settings":
            tables = (plugin(name, config={"number": number}),)
            await made.staged.reload(Settings(discover=True, plugins=tables))
            await made.rest()
        case _:
            await made.staged.clock.advance(40)


def at_work(host: FakeHost) -> Counter[str]:
    return Counter(one.settings.name for one in host.workers if not one.is_stopped)


@given(st.lists(STEPS, max_size=15))
@settings(max_examples=60, deadline=None)
async def test_one_worker_at_the_most_and_only_of_those_that_are_wanted(
    steps: Sequence[tuple[str, str]],
) -> None:
    host = FakeHost()
    async with plugin_stage(plugin("echo"), host=host) as made:
        for number, (step, name) in enumerate(steps):
            await take(made, step, name, number)
            await made.rest()
            assert all(count == 1 for count in at_work(host).values())
            for one in NAMES:
                view = made.staged.hub.snapshot.plugins[PluginName(one)]
                runs = at_work(host)[one]
                if view.state is PluginState.ACTIVE:
                    assert runs == 1
                if view.state in (PluginState.DISABLED, PluginState.DISCOVERED):
                    assert runs == 0
    assert at_work(host) == {}
    assert host.is_closed


@given(st.lists(STEPS.filter(lambda step: step[0] != "wait"), max_size=10))
@settings(max_examples=40, deadline=None)
async def test_commands_that_come_all_at_once_are_answered_and_the_last_one_holds(
    steps: Sequence[tuple[str, str]],
) -> None:
    async with plugin_stage(plugin("echo"), plugin("db")) as made:
        asked = [step for step in steps if step[0] in ("enable", "disable", "reload")]
        await asyncio.gather(
            *(take(made, step, name, 0) for step, name in asked),
        )
        for _ in range(4):
            await made.rest()
        for name in NAMES:
            words = [step for step, of in asked if of == name and step != "reload"]
            if words:
                wanted = PluginState.ACTIVE
                if words[-1] == "disable":
                    wanted = PluginState.DISABLED
                assert made.view(name).state is wanted
        assert len(made.staged.answers) == len(asked)
