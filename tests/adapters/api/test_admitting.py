"""GET /v1/breakers/NAME/admit: yes, or no with who, why and when."""

import pytest

from conductor_tui.domain.ids import PlatformName
from tests.adapters.api.conducting import conductor

ADMIT = "/v1/breakers/api/admit"


async def test_a_closed_breaker_lets_a_call_through() -> None:
    async with conductor() as client:
        assert await client.get(ADMIT) == (204, {})
        assert await client.ask("HEAD", ADMIT) == (204, {})


async def test_a_held_one_says_who_and_why_and_not_when() -> None:
    async with conductor() as client:
        await client.on.trip("swap the disk")
        status, no = await client.get(ADMIT)
        assert (status, no["reason"], no["who"]) == (503, "held", "ann")
        assert (no["why"], no["retry_after_s"]) == ("swap the disk", None)


async def test_one_that_is_held_for_a_while_says_when() -> None:
    async with conductor() as client:
        await client.on.trip("swap the disk", ttl_s=60.0)
        _, no = await client.get(ADMIT)
        assert no["retry_after_s"] > 1.0  # the fake clock is years ahead


@pytest.mark.parametrize("name", ["nobody", "a%1Bb"])
async def test_a_name_that_nothing_has_is_no_platform(name: str) -> None:
    async with conductor() as client:
        status, no = await client.get(f"/v1/breakers/{name}/admit")
        assert (status, "no platform" in no["detail"]) == (404, True)


async def test_nothing_is_taken_by_asking() -> None:
    async with conductor() as client:
        gate = client.on.conductor._watching.gate_of(PlatformName("api"))
        assert gate is not None
        gate.open_for("checks", "a test")
        client.on.hub.publish_kept(gate.drain())
        client.on.clock.freeze(31)
        before = gate.view
        assert (await client.get(ADMIT))[0] == 503
        assert gate.view.state is before.state


async def test_it_is_for_reading_alone() -> None:
    async with conductor() as client:
        assert (await client.post(ADMIT))[0] == 405
