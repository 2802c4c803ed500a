"""What the breakers of this process did, said to the conductor: totals, not counts."""

from collections.abc import Mapping
from itertools import islice

from conductor_tui.client.breaker import Breaker
from conductor_tui.client.dialing import Place, exchange
from conductor_tui.client.logs import warn
from conductor_tui.client.permits import Stats, Tried
from conductor_tui.domain.errors import NobodyListens

POST_S = 5.0
MOST_AT_ONCE = 200  # breakers in one report; the others come in the next
_REFUSED = (401, 403)


class Reporter:
    """Belongs to one thread, but for `begin` and `is_taken`."""

    def __init__(
        self, to: Place, breakers: Mapping[str, Breaker], *, report: bool
    ) -> None:
        self._to, self._breakers, self._report = to, breakers, report
        self._trouble = ""
        self.begin()

    def begin(self) -> None:
        """Another connection: nothing was said on it yet."""
        self._said: dict[str, Stats] = {}
        self._tried: list[Tried] = []
        self.is_taken = self._is_answered = True

    @property
    def is_heard(self) -> bool:
        """False while nothing is taken of what we say, a wish for a trial neither."""
        return self.is_taken and self._is_answered

    def post(self, client: str) -> None:
        """Say what is new. Who may not is told so once, and says no more."""
        stats, body = self._body()
        if not body or not self.is_taken:
            return
        said, tried = self._said, len(self._tried)
        try:
            path = f"/v1/clients/{client}"
            answer = exchange(self._to, "POST", path, body, within_s=POST_S)
        except NobodyListens:
            self._is_answered = False
            return  # it is said again; or the stream ends too, and all is said anew
        self._is_answered = answer.status in (200, 404)
        if answer.status == 200:
            said.update(stats)
            del self._tried[:tried]
        elif answer.status in _REFUSED:
            self.is_taken = False
            self._warn(f"what calls do is not seen there: {answer.words}")
        elif answer.status != 404:  # it has begun anew: we are about to hear that
            self._warn(answer.words)

    def _warn(self, words: str) -> None:
        if words != self._trouble:
            self._trouble = words
            warn("%s: %s", self._to.words, words)

    def _body(self) -> tuple[dict[str, Stats], dict[str, object]]:
        """Return what changed since it was said last; both empty: nothing did."""
        breakers = list(self._breakers.items())
        stats = {name: one.stats() for name, one in breakers}
        changed = [(n, one) for n, one in stats.items() if self._said.get(n) != one]
        news = dict(changed[:MOST_AT_ONCE])
        for _, one in breakers:
            self._tried += one.take_tried()
        most = MOST_AT_ONCE
        body: dict[str, object] = {
            "breakers": {name: self._row(one) for name, one in news.items()},
            "tried": [one._asdict() for one in self._tried[:MOST_AT_ONCE]],
            "ask": list(islice((n for n, one in breakers if one.take_asked()), most)),
        }
        return news, {key: value for key, value in body.items() if value}

    def _row(self, stats: Stats) -> dict[str, object]:
        return {**stats._asdict(), "reports": self._report}
