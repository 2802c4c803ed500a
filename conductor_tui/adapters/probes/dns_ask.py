"""One DNS question by dnspython: an answer in our words, or what came instead.

Imported only when a dns platform is checked for the first time: it takes a good part
of a second on a small machine.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import dns.asyncresolver
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.nameserver
import dns.rcode
import dns.rdatatype
import dns.resolver
from dns.rdtypes.txtbase import TXTBase

from conductor_tui.adapters.probes import shortage
from conductor_tui.adapters.probes.address import network_finding
from conductor_tui.adapters.probes.dns_sockets import Backend
from conductor_tui.domain.check import Finding, Outcome
from conductor_tui.domain.text import one_line, visible

Resolver = dns.asyncresolver.Resolver

_NO_LIMIT_S = 10 * 365 * 86400.0  # the deadline is the caller's
_RCODES = {
    dns.rcode.SERVFAIL: "the server failed to find out (SERVFAIL)",
    dns.rcode.REFUSED: "the server refuses to answer (REFUSED): not for this name, "
    "or not for us",
    dns.rcode.FORMERR: "the server did not understand the question (FORMERR)",
    dns.rcode.NOTIMP: "the server does not do such questions (NOTIMP)",
}


@dataclass(frozen=True, slots=True)
class Answered:
    """What was asked for, as text (names end in a dot), sorted: servers turn the order
    round with every answer, and a screen should not.
    """

    values: tuple[str, ...]
    ttl_s: int


def system_resolver(path: str) -> Resolver:
    """Return a resolver that asks the servers in a resolv.conf. Blocks briefly.

    Raises OSError in words when there are none.
    """
    resolver = Resolver(configure=False)
    resolver.lifetime = _NO_LIMIT_S
    try:
        resolver.read_resolv_conf(path)
    except (dns.exception.DNSException, ValueError) as error:
        cause = error.__context__
        if isinstance(cause, OSError) and cause.errno in shortage.WORDS:
            raise cause from None
        words = f"{path} names no server that could be asked: {error}"
        raise OSError(one_line(words)) from error
    return resolver


def resolver_at(ip: str, port: int) -> Resolver:
    """Return a resolver that asks one server."""
    resolver = Resolver(configure=False)
    resolver.lifetime = _NO_LIMIT_S
    resolver.nameservers = [dns.nameserver.Do53Nameserver(ip, port)]
    return resolver


async def ask(resolver: Resolver, name: str, record: str) -> Answered | Finding:
    """Ask for one kind of record of a name, which is taken as a full one.

    A server that does not answer is asked again and again, until the caller's deadline.
    """
    backend: Any = Backend()
    try:
        qname = dns.name.from_text(name)
        answer = await resolver.resolve(qname, record, backend=backend)
    except dns.resolver.NXDOMAIN as error:
        return _failed(_nxdomain_words(error))
    except dns.resolver.NoAnswer as error:
        return _failed(_no_answer_words(error.kwargs["response"], record))
    except dns.resolver.NoNameservers as error:
        return _server_finding(error.kwargs["errors"])
    except dns.resolver.LifetimeTimeout:  # only by a clock that was set back
        words = "the system's clock was set back during the check"
        return Finding(Outcome.INCONCLUSIVE, words)
    except dns.exception.DNSException as error:
        return _failed(f"no sensible answer: {error}")
    assert answer.rrset is not None
    return Answered(tuple(sorted(map(_text, answer.rrset))), answer.rrset.ttl)


def _failed(words: str) -> Finding:
    return Finding(Outcome.FAILED, one_line(words))


def _text(data: Any) -> str:
    """Return one record as people write it; TXT as one text, without quotes."""
    if isinstance(data, TXTBase):
        return b"".join(data.strings).decode(errors="backslashreplace")
    return str(data.to_text())


def _nxdomain_words(error: dns.resolver.NXDOMAIN) -> str:
    asked = error.kwargs["qnames"][0]
    with suppress(dns.exception.DNSException):
        if error.canonical_name != asked:
            return f"an alias of {_shown(error.canonical_name)}, which does not exist"
    return "no such name (NXDOMAIN)"


def _no_answer_words(response: dns.message.QueryMessage, record: str) -> str:
    """Tell a name without such records from a server that knows nothing of it."""
    aliases = [one for one in response.answer if one.rdtype == dns.rdatatype.CNAME]
    if aliases:
        return (
            f"an alias of {_shown(aliases[-1][0].target)}, which has no {record} record"
        )
    kinds = {one.rdtype for one in response.authority}
    knows = response.flags & (dns.flags.AA | dns.flags.RA)
    if not knows and dns.rdatatype.SOA not in kinds:
        return (
            "a lame answer: the server neither knows the name nor looks it up for "
            "others"
        )
    return f"the name exists, but has no {record} record"


def _shown(name: dns.name.Name) -> str:
    return visible(name.to_text(omit_final_dot=True), 80)


def _server_finding(errors: list[Any]) -> Finding:
    """Say what each server said: once where they agree, else with its address."""
    found: dict[str, Finding] = {}
    for server, is_tcp, _, error, _ in errors:  # the last word of each server counts
        found[server] = _error_finding(error, is_tcp=is_tcp)
    ours = [one for one in found.values() if one.outcome is Outcome.INCONCLUSIVE]
    if ours:
        return ours[0]
    words = dict.fromkeys(one.detail for one in found.values())
    if len(words) > 1:
        words = dict.fromkeys(_with_server(found))
    return _failed("; ".join(words) or "no server answered")


def _with_server(found: dict[str, Finding]) -> Iterator[str]:
    for server, finding in found.items():
        yield f"{server.removeprefix('Do53:').removesuffix('@53')}: {finding.detail}"


def _error_finding(error: object, *, is_tcp: bool) -> Finding:
    """`error` is an exception, or the name of a response code."""
    match error:
        case OSError():
            finding = network_finding(error)
        case EOFError():
            finding = _failed("closed the connection without an answer")
        case str():
            code = dns.rcode.from_text(error)
            finding = _failed(_RCODES.get(code, f"the server answered {error}"))
        case _:
            finding = _failed(f"no sensible answer: {error}")
    if is_tcp and finding.outcome is Outcome.FAILED:
        words = f"the answer is truncated, and over TCP: {finding.detail}"
        return Finding(Outcome.FAILED, words)
    return finding
