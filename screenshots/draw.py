"""Draw the pictures in this folder from a recorded session: never by hand.

Run: uv run python screenshots/draw.py [folder]

Writes an SVG per picture; with rsvg-convert (Debian: librsvg2-bin) a PNG beside it.
"""

import asyncio
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

os.environ["TZ"] = "UTC"
time.tzset()
os.environ["TEXTUAL_ANIMATIONS"] = "none"
ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from conductor_tui.domain.dead_letter import DeadLetter  # noqa: E402
from conductor_tui.domain.snapshot import Snapshot  # noqa: E402
from conductor_tui.testing import FakeClock, RecordedSession  # noqa: E402
from conductor_tui.tui.app import ConductorApp  # noqa: E402
from conductor_tui.tui.commanding import Operator  # noqa: E402
from tests.tui import agent_days, alert_days, plugin_days, worlds  # noqa: E402
from tests.tui.letter_days import Box, kept, pictured  # noqa: E402


@dataclass(frozen=True)
class Picture:
    """A size in cells, and the keys that lead from the overview of `session` to what is
    drawn; `letters` are the dead letters there.
    """

    name: str
    size: tuple[int, int]
    keys: tuple[str, ...] = ()
    session: Callable[[], Snapshot] = worlds.incident
    letters: Callable[[], tuple[DeadLetter, ...]] = tuple


REASON = [*"rate limited upstream".replace(" ", "_")]
AGENT = ("5", "slash", *"worker-1", "enter", "enter")
HELD = ("slash", *"llm", "enter", "enter")
FILTER = [*"state:failed,held,degraded"]
PICTURES = (
    Picture("overview-80x24", (80, 24)),
    Picture("overview-120x40", (120, 40)),
    Picture("overview-200x60", (200, 60)),
    Picture("trip-100x30", (100, 30), ("t", *REASON)),
    Picture("platform-120x40", (120, 40), ("enter",)),
    Picture("clients-120x40", (120, 40), HELD, worlds.busy_clients),
    Picture("events-120x40", (120, 40), ("2",)),
    Picture("resources-120x40", (120, 40), ("3",)),
    Picture("marks-120x40", (120, 40), ("slash", *FILTER, "enter", "space", "space")),
    Picture("agents-120x40", (120, 40), ("5",), agent_days.pictured),
    Picture("agent-120x40", (120, 40), AGENT, agent_days.pictured),
    Picture("plugins-120x40", (120, 40), ("7",), plugin_days.day),
    Picture("letters-120x40", (120, 40), ("8",), pictured, kept),
    Picture("alerts-120x40", (120, 40), ("6",), alert_days.pictured),
    Picture("help-100x36", (100, 36), ("question_mark",)),
)


async def draw(picture: Picture, folder: Path) -> Path:
    """Play the session, press the keys, write the SVG."""
    app = ConductorApp(
        RecordedSession([picture.session()]),
        FakeClock(worlds.NOW),
        operator=Operator(by="root"),
        letters=Box(picture.letters()),
        hz=0,
    )
    async with app.run_test(size=picture.size) as pilot:
        await pilot.pause()
        for key in picture.keys:
            await pilot.press("space" if key == "_" else key)
        await pilot.pause()
        await app.workers.wait_for_complete()
        await pilot.pause()
        svg = app.export_screenshot(title="conductor-tui")
    file = folder / f"{picture.name}.svg"
    file.write_text(stable(svg), "utf-8")
    return file


def stable(svg: str) -> str:
    """Take out what differs between two drawings of the same screen, and the address
    of a web font: a picture in a repository must not fetch anything. Blanks must stay
    where they are in every viewer.
    """
    svg = re.sub(r"terminal-\d+", "terminal", svg)
    svg = svg.replace("<text ", '<text xml:space="preserve" ')
    return re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL)


def rasterise(file: Path) -> None:
    """Make a PNG. The font size is set so that a glyph is as wide as a cell."""
    svg = file.read_text("utf-8")
    svg = svg.replace("Fira Code", "DejaVu Sans Mono")
    svg = svg.replace("font-size: 20px", "font-size: 20.2634px")
    png = file.with_suffix(".png")
    subprocess.run(
        ["rsvg-convert", "-o", str(png), "/dev/stdin"], input=svg.encode(), check=True
    )


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for picture in PICTURES:
        file = asyncio.run(draw(picture, folder))
        if shutil.which("rsvg-convert"):
            rasterise(file)
        print(file)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
