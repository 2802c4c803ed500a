"""The http probe's look at how long a server's certificate still lasts."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime

from conductor_tui.adapters.probes.certificate import Certificate, read_certificate
from conductor_tui.adapters.probes.http_answer import Trouble
from conductor_tui.adapters.probes.http_connection import Connection
from conductor_tui.domain.check import Finding, Outcome
from conductor_tui.ports import Probe

FRESH_S = 600.0
"""How long a connection is kept on: its certificate is the one of its first moment,
and a server that has a newer, or a worse, one tells it to new connections alone."""


class ExpiryWatch:
    """Puts itself between a probe and the opening of its connections, and makes a
    pass warn when the certificate seen there ends soon.

    `days` None: see Certificate.warns_at. Reads the certificate once per connection.
    """

    def __init__(
        self,
        open_connection: Callable[[], Awaitable[Connection | Trouble]],
        days: int | None,
        *,
        now: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._open = open_connection
        self._days = days
        self._now = now
        self._monotonic = monotonic
        self._seen: Certificate | None = None
        self._warns_at = float("inf")
        self._stale_at = float("inf")

    async def open(self) -> Connection | Trouble:
        opened = await self._open()
        if isinstance(opened, Connection):
            self._look_at(opened)
        return opened

    def is_stale(self) -> bool:
        """True when the connection should be replaced, to see its certificate anew."""
        return self._monotonic() >= self._stale_at

    def judge(self, finding: Finding) -> Finding:
        """Return the finding; a pass warns, and says when the certificate ends."""
        seen = self._seen
        if seen is None or self._now() < self._warns_at:
            return finding
        if finding.outcome is not Outcome.PASSED:
            return finding
        words = seen.expiry(datetime.fromtimestamp(self._now(), UTC))
        return replace(
            finding, detail=f"{finding.detail}, certificate {words}", warns=True
        )

    def _look_at(self, connection: Connection) -> None:
        self._stale_at = self._monotonic() + FRESH_S
        try:
            self._seen = read_certificate(connection.certificate() or b"")
        except ValueError:
            self._seen = None  # lost again already, or one that OpenSSL alone can read
        else:
            self._warns_at = self._seen.warns_at(self._days).timestamp()


class WatchedProbe:
    """An http probe whose server's certificate is watched. Satisfies ports.Probe."""

    def __init__(self, probe: Probe, watch: ExpiryWatch) -> None:
        self._probe = probe
        self._watch = watch
        self.close = probe.close

    async def __call__(self) -> Finding:
        if self._watch.is_stale():
            self._probe.close()
        return self._watch.judge(await self._probe())
