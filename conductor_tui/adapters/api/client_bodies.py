"""What a client posts about itself, and what of it is believed.

The types are those of the OpenAPI document too. Counts are totals since it began.
"""

import json
from typing import Annotated, Any

from pydantic import Field, ValidationError
from typing_extensions import TypedDict  # pydantic wants this one before Python 3.12

from conductor_tui.adapters.api.asking import ProblemError
from conductor_tui.adapters.wire.records import adapter
from conductor_tui.domain.breaker import BreakerState
from conductor_tui.domain.client import Holding, Traffic
from conductor_tui.domain.ids import Epoch, PlatformName
from conductor_tui.domain.states import CallOutcome
from conductor_tui.domain.text import one_line, visible

MOST_NAMED = 256
LONGEST_NAME, LONGEST_ERROR, LONGEST_PERMIT = 200, 300, 300
Count = Annotated[int, Field(ge=0, le=10**15)]
Name = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]


class HeldBody(TypedDict, total=False):
    """What it does with one breaker: see HoldingDocument."""

    epoch: Count | None
    state: BreakerState
    streak: Count
    error: Annotated[str, Field(max_length=LONGEST_ERROR)]
    reports: bool
    calls: Count
    failed: Count
    rejected: Count


class TriedBody(TypedDict, total=False):
    """How a trial ended that it was given."""

    permit: Annotated[str, Field(max_length=LONGEST_PERMIT)]
    outcome: CallOutcome
    error: Annotated[str, Field(max_length=LONGEST_ERROR)]


class ClientBody(TypedDict, total=False):
    """All that it has to say. `ask`: the trials that it would make."""

    breakers: Annotated[dict[Name, HeldBody], Field(max_length=MOST_NAMED)]
    tried: Annotated[list[TriedBody], Field(max_length=MOST_NAMED)]
    ask: Annotated[list[Name], Field(max_length=MOST_NAMED)]


def read_client_body(said: dict[str, Any]) -> ClientBody:
    """Return it. Raises ProblemError, naming key and value."""
    for key in said.keys() - ClientBody.__annotations__.keys():
        names = ", ".join(ClientBody.__annotations__)
        raise ProblemError(422, f"{one_line(repr(key), 60)} is none of {names}")
    try:
        body: ClientBody = adapter(ClientBody).validate_json(
            json.dumps(said), strict=True
        )
    except ValidationError as error:
        raise ProblemError(422, _words_of(error)) from None
    except RecursionError:
        raise ProblemError(422, "the body is JSON nested too deeply") from None
    return body


def holdings_of(body: ClientBody) -> tuple[Holding, ...]:
    return tuple(_holding(name, one) for name, one in body.get("breakers", {}).items())


def _holding(name: str, said: HeldBody) -> Holding:
    epoch = said.get("epoch")
    return Holding(
        platform=PlatformName(visible(name, LONGEST_NAME)),
        epoch=None if epoch is None else Epoch(epoch),
        state=said.get("state", BreakerState.CLOSED),
        streak=said.get("streak", 0),
        error=one_line(said.get("error", ""), LONGEST_ERROR),
        reports=said.get("reports", False),
        traffic=Traffic(
            calls=said.get("calls", 0),
            failed=said.get("failed", 0),
            rejected=said.get("rejected", 0),
        ),
    )


def _words_of(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    where = ".".join(str(one) for one in first["loc"]) or "the body"
    words = first["msg"].replace("Input should be", "must be")
    given = one_line(repr(first.get("input")), 60)
    return one_line(f"{where}: {words[:1].lower()}{words[1:]}, not {given}", 300)
