"""The outermost shape of a conductor.toml: which tables there are, and what kind."""

from collections.abc import Iterator, Sequence

from conductor_tui.adapters.settings.homes import HOMES
from conductor_tui.adapters.settings.words import KeyPath, Problem, Raw, unknown_key

SINGLE = (
    *("engine", "defaults", "load", "agents", "listen", "alerts", "journal"),
    *("plugins", "requests", "dead_letters"),
)
NAMED = ("group", "plugin", "request")
LISTS = ("platform", "maintenance", "agent", "channel", "route")
TOP = (
    *("engine", "defaults", "load", "group", "platform", "maintenance"),
    *("agents", "agent", "listen", "alerts", "channel", "journal"),
    *("plugins", "plugin", "requests", "request", "route", "dead_letters"),
)


def shape_problems(raw: Raw) -> Iterator[Problem]:
    """Yield what is wrong with the tables themselves, before their keys."""
    for key, value in raw.items():
        if key == "$schema" and isinstance(value, str):
            continue  # editors read it
        if key not in TOP:
            yield Problem((key,), unknown_key(key, TOP, "the file", HOMES))
        elif key in NAMED:
            yield from _named_problems(key, value)
        elif key in SINGLE:
            if not isinstance(value, dict):
                yield Problem((key,), f"must be a table: write [{key}] on a line")
            elif key == "alerts" and "rule" in value:
                yield from _rule_problems(value["rule"])
        elif not isinstance(value, list):
            words = f"must be a list of tables: write [[{key}]] with two brackets"
            yield Problem((key,), words)
        else:
            yield from _not_tables(key, value)


def tables_of(raw: Raw, key: str) -> Iterator[tuple[int, Raw]]:
    """Yield the tables of a list that are tables, with their places in it."""
    tables = raw.get(key, [])
    for position, table in enumerate(tables if isinstance(tables, list) else []):
        if isinstance(table, dict):
            yield position, table


def rules_of(raw: Raw) -> Iterator[tuple[int, Raw]]:
    """Yield the [[alerts.rule]] tables, with their places in the list."""
    alerts = raw.get("alerts", {})
    return tables_of(alerts if isinstance(alerts, dict) else {}, "rule")


def groups_of(raw: Raw) -> Iterator[tuple[str, Raw]]:
    groups = raw.get("group", {})
    for name, table in (groups if isinstance(groups, dict) else {}).items():
        if isinstance(table, dict):
            yield name, table


def place(problem: Problem) -> tuple[int, int]:
    """Return where a problem is told: in the order of TOP, then that of the file.

    What is said about the file as a whole comes first.
    """
    path: KeyPath = problem.path
    if path[0] not in LISTS or len(path) == 1:
        return -1, 0
    return LISTS.index(str(path[0])), int(path[1])


def _rule_problems(rules: object) -> Iterator[Problem]:
    if not isinstance(rules, list) or not all(isinstance(one, dict) for one in rules):
        words = "must be a list of tables: write [[alerts.rule]] with two brackets"
        yield Problem(("alerts", "rule"), words)


def _named_problems(key: str, value: object) -> Iterator[Problem]:
    """Yield what is wrong with tables by name: [group.NAME], [plugin.NAME]."""
    if not isinstance(value, dict):
        words = f"must be tables by name: write [{key}.NAME] on a line"
        yield Problem((key,), words)
        return
    what = "plug-in" if key == "plugin" else key
    for name, table in value.items():
        if not isinstance(table, dict):
            words = f"must be a table: write [{key}.NAME] with the name of a {what}"
            yield Problem((key, name), words)


def _not_tables(key: str, items: Sequence[object]) -> Iterator[Problem]:
    for position, item in enumerate(items):
        if not isinstance(item, dict):
            words = f"must be a table: write [[{key}]] and its keys on lines below"
            yield Problem((key, position), words)
