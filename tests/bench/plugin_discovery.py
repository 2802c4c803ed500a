"""How long a look for plug-ins takes: python -m tests.bench.plugin_discovery

[--packages 100] [--rounds 5]

Each round is a process of its own, as at the start of a conductor, with that many
packages on sys.path beside those of this environment. Prints the first look and a
second one, and in the same process a list of the names of every distribution, and what
importlib.metadata.entry_points takes; then how many of the plug-ins were imported.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from importlib.metadata import distributions, entry_points
from pathlib import Path
from statistics import median

from conductor_tui.adapters.plugins.registry import InstalledPlugins
from conductor_tui.plugin import ENTRY_POINTS
from tests.adapters.plugins.installs import plugins

LIMIT_MS = 1000.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--packages", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--site", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.site is not None:
        print(json.dumps(measured(asked.site)))
        return
    with tempfile.TemporaryDirectory() as place:
        modules = plugins(Path(place), asked.packages, Path(place, "mark"))
        rounds = [_round(Path(place)) for _ in range(asked.rounds)]
        is_imported = Path(place, "mark").exists()
    _show(rounds, len(modules), is_imported=is_imported)


def measured(site: Path) -> Mapping[str, float]:
    """Return milliseconds of each thing in this process, and how many were found."""
    sys.path.insert(0, str(site))
    registry = InstalledPlugins({"HOME": "/nonexistent"})
    first, found = _ms(lambda: len(registry.look(None)))
    again, _ = _ms(lambda: len(registry.look(None)))
    names, every = _ms(lambda: len([one.name for one in distributions()]))
    points, _ = _ms(lambda: len(entry_points(group=ENTRY_POINTS)))
    return {
        "first": first,
        "again": again,
        "names": names,
        "points": points,
        "found": found,
        "every": every,
    }


def _ms(do: Callable[[], int]) -> tuple[float, int]:
    began = time.perf_counter()
    count = do()
    return (time.perf_counter() - began) * 1000, count


def _round(site: Path) -> Mapping[str, float]:
    command = [sys.executable, "-m", __spec__.name, "--site", str(site)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: Mapping[str, float] = json.loads(done.stdout)
    return found


def _show(rounds: list[Mapping[str, float]], made: int, *, is_imported: bool) -> None:
    def of(key: str) -> str:
        times = [one[key] for one in rounds]
        return f"median {median(times):6.1f} ms, most {max(times):6.1f} ms"

    found, every = rounds[0]["found"], rounds[0]["every"]
    print(f"{found} plug-ins ({made} made) among {every} distributions")
    print(f"the first look           {of('first')}")
    print(f"a second look            {of('again')}")
    print(f"names of all, then       {of('names')}")
    print(f"entry_points(), then     {of('points')}")
    print(f"imported: {'SOME' if is_imported else 'none'}")
    is_good = max(one["first"] for one in rounds) <= LIMIT_MS and not is_imported
    print(f"at most {LIMIT_MS:g} ms and none imported: {'yes' if is_good else 'NO'}")
    sys.exit(0 if is_good else 1)


if __name__ == "__main__":
    main()
