"""A plug-in's code and its settings, from words to objects."""

import importlib
import importlib.util
import inspect
import json
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, fields, is_dataclass
from types import ModuleType
from typing import Any

from conductor_tui.plugin import ConfigInvalid

METHODS = ("initialize", "health_check", "handle_request", "shutdown")
FILE_CLASS = "Plugin"


class LoadFailed(Exception):
    """There is no plug-in in what was to be loaded: trying again changes nothing."""


def load_class(reference: str, *, is_file: bool) -> type[Any]:
    """Return a plug-in's class, from `module:Class` or the path of a file.

    Raises LoadFailed in words, whatever the code does while it is imported.
    """
    try:
        found = _from_file(reference) if is_file else _from_package(reference)
    except LoadFailed:
        raise
    except BaseException as error:  # foreign code: SystemExit, KeyboardInterrupt too
        words = f"it cannot be imported: {words_of(error)}"
        raise LoadFailed(words) from error
    missing = [one for one in METHODS if not callable(getattr(found, one, None))]
    if not isinstance(found, type):
        raise LoadFailed(f"{reference} is no class: a plug-in is one")
    if missing:
        raise LoadFailed(f"{reference} has no {' and no '.join(missing)}")
    return found


def required_by(plugin: type[Any]) -> list[str]:
    """Return the names in its `requires`. Raises LoadFailed for what is no list."""
    names = getattr(plugin, "requires", ())
    is_list = isinstance(names, list | tuple)
    if not is_list or not all(isinstance(one, str) for one in names):
        raise LoadFailed(f"its `requires` must be a list of names, not {names!r}")
    return list(names)


def config_of(plugin: type[Any], table: Mapping[str, Any]) -> Any:
    """Return the settings as an object of the plug-in's `Config`; without one, the
    table itself.

    Raises ConfigInvalid with a line for each key that is wrong, LoadFailed where the
    schema is none.
    """
    schema = getattr(plugin, "Config", None)
    if schema is None:
        return dict(table)
    from pydantic import TypeAdapter, ValidationError

    try:
        adapter = TypeAdapter(schema)
    except Exception as error:
        words = f"its Config is no schema: {words_of(error)}"
        raise LoadFailed(words) from error
    unknown = _unknown(schema, table)
    try:
        made = adapter.validate_json(json.dumps(dict(table)), strict=True)
    except ValidationError as error:
        lines = [_line(one) for one in error.errors(include_url=False)]
        raise ConfigInvalid("; ".join([*lines, *unknown])) from error
    except Exception as error:  # a validator of its own raised something else
        raise ConfigInvalid(words_of(error)) from error
    if unknown:
        raise ConfigInvalid("; ".join(unknown))
    return made


def warm_up() -> None:
    """Import now what most plug-ins need: once for all workers that are forked."""
    from pydantic import TypeAdapter, ValidationError

    with suppress(ValidationError):
        TypeAdapter(_Example).validate_json('{"word": 1}', strict=True)


@dataclass
class _Example:
    word: str
    number: int = 0


def words_of(error: BaseException) -> str:
    """Return an exception on one line, with the place in foreign code where it came
    from: "KeyError: 'room' (matrix.py:31)".
    """
    said = " ".join(str(error).split())
    words = f"{type(error).__name__}: {said}" if said else type(error).__name__
    place = _place(error)
    return f"{words} ({place})" if place else words


def _place(error: BaseException) -> str:
    if isinstance(error, SyntaxError) and error.filename:
        return ""  # its text has the place
    trace, place = error.__traceback__, ""
    while trace is not None:
        code = trace.tb_frame.f_code
        if not trace.tb_frame.f_globals.get("__name__", "").startswith(
            ("conductor_tui.worker", "importlib", "asyncio")
        ):
            place = f"{code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}"
        trace = trace.tb_next
    return "" if place.startswith("<") else place


def _from_package(reference: str) -> Any:
    name, _, attributes = reference.partition(":")
    _forget(name)
    found: Any = importlib.import_module(name)
    for attribute in filter(None, attributes.split(".")):
        found = getattr(found, attribute)
    return found


def _from_file(path: str) -> Any:
    # not as a package would be called: `plugin new` makes conductor_plugin_NAME
    name = f"conductor_plugin_file_{path.rpartition('/')[2].removesuffix('.py')}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise LoadFailed(f"{path} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return _class_in(module, path)


def _class_in(module: ModuleType, path: str) -> Any:
    found = getattr(module, FILE_CLASS, None)
    if found is None:
        raise LoadFailed(f"{path} has no class {FILE_CLASS}: the plug-in is one")
    return found


def _forget(name: str) -> None:
    """Have a module imported anew, where it was here before: it may have changed."""
    importlib.invalidate_caches()
    for one in list(sys.modules):
        is_ours = one.startswith("conductor_tui.")
        if (one == name or one.startswith(f"{name}.")) and not is_ours:
            del sys.modules[one]


def _unknown(schema: Any, table: Mapping[str, Any]) -> list[str]:
    """Return words on keys that a dataclass has not: pydantic would drop them."""
    if not (inspect.isclass(schema) and is_dataclass(schema)):
        return []
    known = [one.name for one in fields(schema) if one.init]
    has = ", ".join(known) or "none"
    return [
        f"{key}: there is no such setting: there are {has}"
        for key in table
        if key not in known
    ]


def _line(problem: Any) -> str:
    where = ".".join(str(one) for one in problem["loc"])
    words = str(problem["msg"])
    if problem["type"] == "missing":
        words = "missing"
    elif problem["type"] == "value_error":
        words = words.removeprefix("Value error, ")
    else:
        words = f"{words[:1].lower()}{words[1:]}"
    return f"{where}: {words}" if where else words
