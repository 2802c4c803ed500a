"""The icmp probe: does a host answer pings, and how many of them?"""

from dataclasses import dataclass

from conductor_tui.adapters.probes.address import (
    network_finding,
    network_words,
    parse_address,
)
from conductor_tui.adapters.probes.echo import (
    SPACING_S,
    NotPermittedError,
    Round,
    exchange,
    open_socket,
)
from conductor_tui.adapters.probes.host_lookup import HostLookup, is_address
from conductor_tui.domain.check import Finding, Outcome
from conductor_tui.ports import Probe

_MOST = 100
_NOT_PERMITTED = (
    "this user may not send pings: allow it by "
    '`sysctl net.ipv4.ping_group_range="0 2147483647"` (IPv6 too), or give '
    "conductor-tui CAP_NET_RAW"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`target` is a host name or an address. `count` pings are sent, 10 ms apart; the
    check fails when more than `max_loss` percent of them find no answer. One that comes
    later than twice the longest time of the others is lost; where none comes, the
    check has timed out. The check's latency is that of the whole round.
    """

    target: str
    count: int = 1
    max_loss: float = 0.0

    def __post_init__(self) -> None:
        _refuse_bad_host(self.target)
        if not 1 <= self.count <= _MOST:
            raise ValueError(f"count must be from 1 to {_MOST}, not {self.count}")
        if not 0 <= self.max_loss < 100:
            raise ValueError(
                f"max_loss is a percentage, from 0 to 99.9, not {self.max_loss:g}"
            )
        if self.max_loss and self.max_loss * self.count < 100:
            raise ValueError(
                f"max_loss = {self.max_loss:g} permits the loss of no ping where count "
                f"is {self.count}: send more, or leave it out"
            )

    @property
    def least_s(self) -> float:
        """No check is shorter: so long it takes to send the pings."""
        return (self.count - 1) * SPACING_S


class IcmpProbe:
    """Keeps nothing open between calls. Satisfies ports.Probe."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._lookup = HostLookup(options.target)

    async def __call__(self) -> Finding:
        try:
            to = await self._lookup.get()
            with open_socket(to) as plug:
                done = await exchange(plug, to.family, self._options.count)
        except NotPermittedError:
            return Finding(Outcome.INCONCLUSIVE, _NOT_PERMITTED)
        except OSError as error:
            return network_finding(error, self._options.target)
        return judge(
            self._options, done, "" if is_address(self._options.target) else to.ip
        )

    def close(self) -> None:
        """There is nothing to let go of."""


def judge(options: Options, done: Round, ip: str = "") -> Finding:
    """Hold what came back against what may be lost; `ip` is what a name stood for."""
    sent, lost = len(done.sent_at), done.lost
    if done.error is not None:
        finding = network_finding(done.error)
        if lost == sent or finding.outcome is Outcome.INCONCLUSIVE:
            return finding
    who = f" from {ip}" if ip else ""
    if 100 * lost > options.max_loss * sent:
        why = f" ({network_words(done.error)})" if done.error else ""
        return Finding(Outcome.FAILED, f"{lost} of {sent} pings lost{who}{why}")
    if sent == 1:
        return Finding(Outcome.PASSED, f"answered{who}")
    mean_ms = 1000 * sum(done.took_s.values()) / len(done.took_s)
    words = f"{sent - lost} of {sent} answers{who}, {mean_ms:.3g} ms on average"
    return Finding(Outcome.PASSED, words)


def open_probe(options: Options) -> Probe:
    return IcmpProbe(options)


def shown_target(options: Options) -> str:
    return options.target


def _refuse_bad_host(target: str) -> None:
    if is_address(target):
        return
    try:
        is_host = parse_address(target, kind="icmp", default_port=1).host == target
    except ValueError:
        is_host = False
    if not is_host:
        raise ValueError(
            'icmp target must be a host name or an address, such as "192.0.2.1" or '
            f'"::1", without port and brackets, not {target!r}'
        )
