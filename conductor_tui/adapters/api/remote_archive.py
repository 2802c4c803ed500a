"""The past, as another conductor's journal has it. Satisfies ports.Archive."""

from datetime import datetime
from urllib.parse import urlencode

from conductor_tui.adapters.api.client import Client
from conductor_tui.adapters.wire.frames import read_envelopes
from conductor_tui.adapters.wire.records import adapter
from conductor_tui.domain.errors import AskRefused, JournalFailed, NobodyListens
from conductor_tui.domain.events import Envelope
from conductor_tui.domain.snapshot import Snapshot


class RemoteArchive:
    """Asks over HTTP, a connection a question."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def past(self, at: datetime) -> Snapshot:
        said = self._ask("/v1/past", {"at": at.isoformat()}, "snapshot")
        snapshot: Snapshot = adapter(Snapshot).validate_python(said)
        return snapshot

    def step(self, at: datetime, by: int) -> datetime | None:
        asked = {"at": at.isoformat(), "by": str(by)}
        found = self._ask("/v1/past/step", asked, "at")
        return None if found is None else datetime.fromisoformat(str(found))

    def events(
        self, since: datetime, until: datetime | None = None, *, limit: int = 1000
    ) -> tuple[Envelope, ...]:
        asked = {"since": since.isoformat(), "limit": str(limit)}
        if until is not None:
            asked["until"] = until.isoformat()
        return tuple(read_envelopes(self._ask("/v1/past/events", asked, "events")))

    def _ask(self, path: str, asked: dict[str, str], key: str) -> object:
        try:
            said = self._client.ask("GET", f"{path}?{urlencode(asked)}", key=key)
        except (AskRefused, NobodyListens) as error:
            raise JournalFailed(str(error)) from error
        return said[key]
