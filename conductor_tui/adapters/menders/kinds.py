"""The actions by name: of a recovery, and of shedding. A module is imported when its
first one is opened.
"""

from importlib import import_module
from typing import Any, cast

from conductor_tui.ports import Mender

KINDS = ("command", "systemd", "docker")


def options_type(kind: str) -> type[Any]:
    """Return the options dataclass of a kind. Raises KeyError for an unknown one."""
    return cast("type[Any]", _module(kind).Options)


def words_of(options: object) -> str:
    """Return what is done as one printable line: "restart redis.service"."""
    return cast(str, import_module(type(options).__module__).words_of(options))


def kind_of(options: object) -> str:
    """Return the name of the kind that has such options."""
    return type(options).__module__.rpartition(".")[2]


def open_mender(action: object) -> Mender:
    """Make an action, ready to be called; its kind is that of its options."""
    module = import_module(type(action).__module__)
    return cast(Mender, module.open_mender(action))


def _module(kind: str) -> Any:
    if kind not in KINDS:
        raise KeyError(kind)
    return import_module(f"conductor_tui.adapters.menders.{kind}")
