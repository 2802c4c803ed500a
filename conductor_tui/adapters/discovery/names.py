"""A program's name from its process: `python3 -m http.server` is `http.server`.

A name must be the same tomorrow, so nothing that changes goes in: no pid, no version
of the interpreter, none of a jar.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from conductor_tui.domain.text import visible

MAX_NAME = 40
_INTERPRETER = re.compile(
    r"(python|pypy|ruby|perl|php|nodejs|node|deno|bun|java)[\d.]*"
)
_TITLE_END = re.compile(r":| \(| \[")  # "nginx: master", "next-server (v14)"
_JAR_VERSION = re.compile(r"-\d[\w.+-]*$")
_SCRIPT_SUFFIX = re.compile(r"\.(py|pyc|pyz|js|mjs|cjs|ts|rb|pl|php)$")
_OPTIONS_WITH_VALUE: Mapping[str, frozenset[str]] = {
    "python": frozenset({"-W", "-X", "--check-hash-based-pycs"}),
    "pypy": frozenset({"-W", "-X"}),
    "node": frozenset({"-r", "--require", "--import", "--loader", "-C"}),
    "nodejs": frozenset({"-r", "--require", "--import", "--loader", "-C"}),
    "ruby": frozenset({"-I", "-r", "-C"}),
    "perl": frozenset({"-I"}),
    "php": frozenset({"-c", "-d", "-S", "-t"}),
    "java": frozenset({"-cp", "-classpath", "--class-path", "-p", "--module-path"}),
}
_CODE_GIVEN = frozenset({"-c", "-e", "--eval", "-p", "--print"})
_SUBCOMMANDS = frozenset({"run", "serve", "task"})  # deno run x.ts, bun run x.ts
_SAYS_NOTHING = frozenset(
    {"app", "main", "server", "index", "run", "start", "manage", "wsgi", "asgi"}
    | {"__main__", "src", "dist", "build", "bin", "lib", "www", "opt", "srv", "usr"}
    | {"var", "tmp", "home", "root", ".", "..", "/"}
)


def program_name(process: str, cmdline: Sequence[str]) -> str:
    """Return what runs in the process; "" where neither name nor arguments tell.

    The result is as it came from outside: clean it with `tidy` before it is shown.
    """
    name = _TITLE_END.split(process.strip(), maxsplit=1)[0]
    interpreter = _INTERPRETER.fullmatch(name)
    if interpreter is None:
        return name
    family = interpreter[1]
    return _script(family, cmdline) or family


def tidy(name: str) -> str:
    """Return the name as it may stand on a screen and be typed in a shell."""
    return visible("-".join(name.strip().split(" ")), MAX_NAME)


def _script(family: str, cmdline: Sequence[str]) -> str:
    """Return the script, module, jar or class that an interpreter runs, or ""."""
    if not cmdline:
        return ""
    if _INTERPRETER.fullmatch(PurePosixPath(cmdline[0]).name) is None:
        # a program that set its own title: "puma 6.4 (tcp://0.0.0.0:3000)"
        return PurePosixPath(cmdline[0].partition(" ")[0]).name.rstrip(":")
    arguments = iter(cmdline[1:])
    valued = _OPTIONS_WITH_VALUE.get(family, frozenset())
    for argument in arguments:
        if argument in ("-m", "-jar"):
            return _of_module_or_jar(argument, next(arguments, ""))
        if argument in valued:
            next(arguments, None)
        elif argument in _CODE_GIVEN:
            return ""
        elif not argument.startswith("-") and argument not in _SUBCOMMANDS:
            return _of_class(argument) if family == "java" else _of_path(argument)
    return ""


def _of_module_or_jar(option: str, value: str) -> str:
    if option == "-m":  # java -m module/package.Class
        return value.partition("/")[0].removesuffix(".__main__")
    return _JAR_VERSION.sub("", PurePosixPath(value).name.removesuffix(".jar"))


def _of_class(dotted: str) -> str:
    return dotted.rpartition(".")[2]


def _of_path(path: str) -> str:
    """Return the part of a script's path that says most: bridge/src/main.py: bridge."""
    parts = list(_parts(PurePosixPath(path)))
    return next((part for part in parts if part not in _SAYS_NOTHING), parts[0])


def _parts(path: PurePosixPath) -> Iterator[str]:
    """Yield the script's own name, then its folders from the inside out."""
    yield _SCRIPT_SUFFIX.sub("", path.name)
    for folder in path.parents:
        yield folder.name or "/"
