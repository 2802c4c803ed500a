"""A command as the body of POST /v1/commands."""

from functools import cache
from typing import Any, get_args

from conductor_tui.adapters.wire.records import adapter
from conductor_tui.domain.commands import Command, verb

OF_ASKER = ("id", "by", "origin")


def command_body(command: Command) -> dict[str, Any]:
    """Return its verb, its own fields, and who asks. The epoch that it is aimed at is
    called `if_epoch`, for that is what it means to the other side.
    """
    fields: dict[str, Any] = adapter(type(command)).dump_python(command, mode="json")
    if "epoch" in fields:
        fields["if_epoch"] = fields.pop("epoch")
    return {"command": verb(command), **fields}


@cache
def kinds() -> dict[str, type[Command]]:
    """Return the commands by their verbs."""
    return {verb(kind.__new__(kind)): kind for kind in get_args(Command)}
