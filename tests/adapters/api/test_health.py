"""/healthz says that the program answers, /readyz that it does all that it is for."""

from conductor_tui.domain.alert_events import JournalChanged
from conductor_tui.domain.events import PlatformAdded
from tests.adapters.api.conducting import conductor
from tests.adapters.api.test_events import FakeArchive
from tests.adapters.api.visit import Visitor, heart_of
from tests.build import spec


async def test_it_is_ready_once_everything_was_checked() -> None:
    async with conductor() as client:
        status, document = await client.get("/readyz")
        assert (await client.get("/healthz"))[0] == 200
    assert (status, document["ready"]) == (200, True)


async def test_it_is_not_ready_while_a_platform_waits_for_its_first_check() -> None:
    async with conductor() as client:
        client.on.hub.publish(PlatformAdded(spec=spec("late")))
        status, document = await client.get("/readyz")
    assert (status, document["ready"]) == (503, False)
    assert document["words"] == "platforms that wait for their first check: 1"


async def test_it_is_not_ready_while_the_journal_cannot_be_written() -> None:
    async with conductor(archive=FakeArchive()) as client:
        client.on.hub.publish(JournalChanged(trouble="disk full"))
        status, document = await client.get("/readyz")
        assert (status, document["ready"]) == (503, False)
        assert "journal cannot be written" in document["words"]
        client.on.hub.publish(JournalChanged(trouble=""))
        assert (await client.get("/readyz"))[0] == 200


async def test_who_only_hears_heartbeats_is_ready_at_once() -> None:
    answer = await Visitor(await heart_of()).ask("GET", "/readyz")
    assert answer.status == 200
