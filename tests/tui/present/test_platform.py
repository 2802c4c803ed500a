"""One platform's page, below its heading."""

from dataclasses import replace

from conductor_tui.domain.window import Window
from conductor_tui.testing import EPOCH
from conductor_tui.tui.present.platform import happened
from conductor_tui.tui.present.spans import text_of
from tests.tui.present.views import LENS, view


def test_a_long_history_lists_its_newest_thousand_and_counts_the_rest() -> None:
    window = Window("dfb", 3000)
    for beat in range(2500):
        window = window.push(EPOCH.timestamp() + 5 * beat, 0.01, 0)

    page = [
        text_of(line) for line in happened(replace(view(), window=window), LENS, 80)
    ]

    assert sum("passed " in line for line in page) == 1000
    assert page[-1].strip() == "1500 older ones are in the chart alone"
