"""Alerts over HTTP: look, acknowledge, silence, and see to the outbox.

    GET    /v1/alerts                       everything that is known of alerts
    GET    /v1/alerts/{key}                 one that is open
    POST   /v1/alerts/{key}/ack             {"why", "sticky", "by"}
    POST   /v1/alerts/{key}/unack           {"by"}
    GET    /v1/silences
    POST   /v1/silences                     {"names", "groups", "tags", "everything",
                                             "for", "why", "by"}
    DELETE /v1/silences/{id}
    POST   /v1/deliveries/{id}/redrive      {"by"}; the id "all" is every one
    POST   /v1/deliveries/{id}/discard      {"why", "by"}

Every field is optional but "for" and "why" of a silence, and "why" of a discard. An
answer is {"words", "by"}; an error is problem details (see `asking`).
"""

from collections.abc import Awaitable, Callable
from typing import TypeAlias
from urllib.parse import unquote

from conductor_tui.adapters.api.alert_bodies import (
    delivery_id,
    flag,
    read_fields,
    silence_of,
    text_of,
)
from conductor_tui.adapters.api.alert_shown import show_all, show_one, show_silences
from conductor_tui.adapters.api.asking import (
    ProblemError,
    asker,
    carry_out,
    let_in,
    new_id,
    only,
)
from conductor_tui.adapters.api.door import Door
from conductor_tui.adapters.api.exchange import Answer, Ask
from conductor_tui.domain.commands import (
    AckAlert,
    DiscardDelivery,
    EndSilence,
    RedriveDelivery,
    SilenceAlerts,
    UnackAlert,
)
from conductor_tui.domain.ids import AlertKey, SilenceId
from conductor_tui.domain.text import visible
from conductor_tui.ports import Session

_Doing: TypeAlias = Callable[[Ask, Session, str], Awaitable[Answer]]


async def answer(ask: Ask, door: Door) -> Answer:
    try:
        return await _answer(ask, let_in(ask, door))
    except ProblemError as problem:
        return problem.as_answer()


async def _answer(ask: Ask, session: Session) -> Answer:
    match [unquote(part) for part in ask.path.split("/")[2:]]:
        case ["alerts"] | ["alerts", ""]:
            only(ask, "GET")
            return await show_all(session.latest())
        case ["alerts", key]:
            only(ask, "GET")
            return show_one(session.latest(), AlertKey(key))
        case ["alerts", key, "ack"]:
            return await _post(ask, session, key, _ack)
        case ["alerts", key, "unack"]:
            return await _post(ask, session, key, _unack)
        case ["silences"] | ["silences", ""]:
            if ask.method in ("GET", "HEAD"):
                return show_silences(session.latest())
            return await _post(ask, session, "", _silence)
        case ["silences", name]:
            only(ask, "DELETE")
            return await _end_silence(ask, session, name)
        case ["deliveries", number, "redrive"]:
            return await _post(ask, session, number, _redrive)
        case ["deliveries", number, "discard"]:
            return await _post(ask, session, number, _discard)
        case _:
            raise ProblemError(404, "nothing is at this address")


async def _post(ask: Ask, session: Session, name: str, do: _Doing) -> Answer:
    only(ask, "POST")
    return await do(ask, session, name)


async def _ack(ask: Ask, session: Session, key: str) -> Answer:
    said = read_fields(ask.body, "why", "sticky", "by")
    why, sticky = text_of(said, "why"), flag(said, "sticky")
    alert, who = _open(session, key), await asker(ask, text_of(said, "by"))
    return await carry_out(
        session,
        AckAlert(
            id=new_id(),
            by=who.by,
            origin=who.origin,
            alert=alert,
            why=why,
            sticky=sticky,
        ),
    )


async def _unack(ask: Ask, session: Session, key: str) -> Answer:
    said = read_fields(ask.body, "by")
    alert, who = _open(session, key), await asker(ask, text_of(said, "by"))
    command = UnackAlert(id=new_id(), by=who.by, origin=who.origin, alert=alert)
    return await carry_out(session, command)


async def _silence(ask: Ask, session: Session, _: str) -> Answer:
    wanted = silence_of(ask.body, session.latest())
    who = await asker(ask, wanted.by)
    return await carry_out(
        session,
        SilenceAlerts(
            id=new_id(),
            by=who.by,
            origin=who.origin,
            scope=wanted.scope,
            why=wanted.why,
            ttl_s=wanted.ttl_s,
        ),
    )


async def _end_silence(ask: Ask, session: Session, name: str) -> Answer:
    said = read_fields(ask.body, "by")
    silence = SilenceId(name)
    if silence not in session.latest().alerts.silences:
        raise ProblemError(404, f"no silence {visible(name)!r} is on")
    who = await asker(ask, text_of(said, "by"))
    command = EndSilence(id=new_id(), by=who.by, origin=who.origin, silence=silence)
    return await carry_out(session, command)


async def _redrive(ask: Ask, session: Session, number: str) -> Answer:
    said = read_fields(ask.body, "by")
    delivery = delivery_id(number, session.latest())
    who = await asker(ask, text_of(said, "by"))
    command = RedriveDelivery(
        id=new_id(), by=who.by, origin=who.origin, delivery=delivery
    )
    return await carry_out(session, command)


async def _discard(ask: Ask, session: Session, number: str) -> Answer:
    said = read_fields(ask.body, "why", "by")
    why, delivery = text_of(said, "why"), delivery_id(number, session.latest())
    if not why.strip():
        raise ProblemError(422, "why: say why it is discarded")
    who = await asker(ask, text_of(said, "by"))
    command = DiscardDelivery(
        id=new_id(), by=who.by, origin=who.origin, delivery=delivery, why=why
    )
    return await carry_out(session, command)


def _open(session: Session, key: str) -> AlertKey:
    alert = AlertKey(key)
    if alert not in session.latest().alerts.open:
        raise ProblemError(404, f"no alert of {visible(key)!r} is open")
    return alert
