"""`running`, with which the author of a plug-in tests it, is as strict as a worker."""

from dataclasses import dataclass
from typing import ClassVar

import pytest

from conductor_tui.plugin import (
    ConfigInvalid,
    PluginError,
    PluginHealth,
    Reply,
    Request,
    RequestRefused,
)
from conductor_tui.testing import running
from conductor_tui.worker.hosted import Garbage, Raised


@dataclass
class Greeting:
    greeting: str
    times: int = 1


class Echo:
    """Does what it is asked to do, and notes what was called."""

    Config = Greeting
    called: ClassVar[list[str]] = []

    async def initialize(self, config: Greeting) -> None:
        self.called.append("initialize")
        self.config = config

    async def health_check(self) -> PluginHealth:
        return PluginHealth(is_healthy=True, detail=self.config.greeting)

    async def handle_request(self, request: Request) -> Reply:
        if request.payload == "later":
            raise PluginError("come back", retry_after_s=7)
        if request.payload == "never":
            raise RequestRefused("it never works")
        return Reply(payload=[request.id, request.payload, dict(request.metadata)])

    async def shutdown(self) -> None:
        self.called.append("shutdown")


class Odd(Echo):
    """Answers what nobody can use."""

    async def health_check(self) -> PluginHealth:
        return "well"  # type: ignore[return-value]

    async def handle_request(self, request: Request) -> Reply:
        raise ZeroDivisionError("by nought")


WELL = {"greeting": "hi"}


@pytest.fixture(autouse=True)
def _nothing_called() -> None:
    Echo.called.clear()


async def test_it_begins_with_its_settings_and_is_shut_down_at_the_end() -> None:
    async with running(Echo, WELL) as plugin:
        assert await plugin.check() == PluginHealth(is_healthy=True, detail="hi")
        assert Echo.called == ["initialize"]
    assert Echo.called == ["initialize", "shutdown"]


async def test_it_is_shut_down_also_when_the_test_fails() -> None:
    with pytest.raises(AssertionError, match="the test"):
        async with running(Echo, WELL):
            raise AssertionError("the test found something")
    assert Echo.called == ["initialize", "shutdown"]


@pytest.mark.parametrize(
    ("config", "words"),
    [
        pytest.param(None, "greeting: missing", id="none"),
        pytest.param({"greeting": 7}, "greeting: input should be a valid", id="kind"),
        pytest.param(
            {"greeting": "hi", "tmes": 2}, "tmes: there is no such", id="unknown"
        ),
    ],
)
async def test_settings_that_are_wrong_are_told_before_anything_begins(
    config: dict[str, object] | None, words: str
) -> None:
    with pytest.raises(ConfigInvalid, match=words):
        async with running(Echo, config):
            pass
    assert Echo.called == []


async def test_each_request_has_an_id_of_its_own_and_its_metadata() -> None:
    async with running(Echo, WELL) as plugin:
        first = await plugin.ask({"say": "it"}, room="abc")
        second = await plugin.ask()
    assert isinstance(first.payload, list)
    assert isinstance(second.payload, list)
    assert first.payload[1:] == [{"say": "it"}, {"room": "abc"}]
    assert second.payload[1:] == [None, {}]
    assert first.payload[0] != second.payload[0]


async def test_what_it_says_of_a_request_that_fails_arrives_as_it_was() -> None:
    async with running(Echo, WELL) as plugin:
        with pytest.raises(PluginError, match="come back") as later:
            await plugin.ask("later")
        with pytest.raises(RequestRefused, match="it never works"):
            await plugin.ask("never")
    assert later.value.retry_after_s == 7


async def test_what_conductor_would_not_believe_fails_the_test() -> None:
    async with running(Odd, WELL) as plugin:
        with pytest.raises(Garbage, match="must return a PluginHealth, not 'well'"):
            await plugin.check()
        with pytest.raises(Raised, match="ZeroDivisionError: by nought"):
            await plugin.ask()
