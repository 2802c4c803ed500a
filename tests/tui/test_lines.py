"""The Line-API widget: what it repaints, and that it leaves no cell to chance."""

from collections.abc import Sequence

import pytest
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.scroll_view import ScrollView

from conductor_tui.tui import themes
from conductor_tui.tui.present.spans import Line, Span, fit_line
from conductor_tui.tui.stylesheets import stylesheet
from conductor_tui.tui.widgets.lines import LinesView


class Spy(LinesView):
    """Remembers which regions it asked to repaint."""

    def __init__(self, *, ascii: bool = False) -> None:
        super().__init__(ascii=ascii)
        self.asked: list[Region] = []

    def show(self, lines: Sequence[Line]) -> None:
        self.asked = []
        super().show(lines)

    def refresh(self, *regions: Region, **options: bool) -> "Spy":
        self.asked = [*getattr(self, "asked", []), *regions]
        super().refresh(*regions, **options)
        return self


class SpyApp(App[None]):
    CSS_PATH = stylesheet("lines")

    def __init__(self, *, ascii: bool = False) -> None:
        super().__init__()
        self.spy = Spy(ascii=ascii)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return dict(themes.DEFAULTS)

    def compose(self) -> ComposeResult:
        yield self.spy


def lines(*texts: str) -> list[Line]:
    return [fit_line((Span(text),), 20) for text in texts]


async def test_only_lines_that_differ_are_repainted() -> None:
    app = SpyApp()
    async with app.run_test(size=(20, 5)) as pilot:
        app.spy.show(lines("one", "two", "three"))
        await pilot.pause()
        app.spy.show(lines("one", "2", "three"))

        assert app.spy.asked == [Region(0, 1, 20, 1)]


async def test_of_a_line_only_the_cells_that_differ_are_repainted() -> None:
    def clock(text: str) -> list[Line]:
        return [
            (
                Span("web-7 "),
                Span(text, "muted"),
                Span("  ok", "healthy"),
                Span("     "),
            )
        ]

    app = SpyApp()
    async with app.run_test(size=(20, 2)) as pilot:
        app.spy.show(clock("14:02"))
        await pilot.pause()
        app.spy.show(clock("14:03"))

        assert app.spy.asked == [Region(6, 0, 5, 1)]


async def test_the_same_again_repaints_nothing() -> None:
    app = SpyApp()
    async with app.run_test(size=(20, 5)) as pilot:
        app.spy.show(lines("one", "two"))
        await pilot.pause()
        app.spy.show(lines("one", "two"))

        assert app.spy.asked == []


async def test_a_line_that_went_away_is_blanked() -> None:
    app = SpyApp()
    async with app.run_test(size=(20, 3)) as pilot:
        app.spy.show(lines("one", "two"))
        await pilot.pause()
        app.spy.show(lines("one"))
        await pilot.pause()

        assert app.spy.render_line(1).text == " " * 20


async def test_a_line_that_does_not_fit_is_cut_to_the_widget() -> None:
    app = SpyApp()
    async with app.run_test(size=(12, 3)) as pilot:
        app.spy.show(lines("日本語日本語日本語"))
        await pilot.pause()
        strip = app.spy.render_line(0)

        assert strip.cell_length == 12
        assert sum(segment.cell_length for segment in strip) == 12


async def test_every_cell_has_a_background() -> None:
    app = SpyApp()
    async with app.run_test(size=(20, 3)) as pilot:
        app.spy.show([(Span("a", "failed"), Span(" " * 19))])
        await pilot.pause()

        for y in range(3):
            styles = [segment.style for segment in app.spy.render_line(y)]
            assert all(style and style.bgcolor for style in styles)


@pytest.mark.parametrize(
    "crop", [Region(0, 0, 20, 5), Region(0, 1, 20, 2), Region(3, 1, 9, 3)]
)
async def test_what_goes_out_is_what_textual_would_send(crop: Region) -> None:
    app = SpyApp()
    async with app.run_test(size=(20, 5)) as pilot:
        loud = fit_line((Span("down", "failed"), Span(" ok", "healthy", True)), 20)
        app.spy.show([*lines("one", "two"), loud])
        await pilot.pause()

        ours = app.spy.render_lines(crop)

        assert ours == ScrollView.render_lines(app.spy, crop)


async def test_without_colours_none_goes_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = SpyApp()
    async with app.run_test(size=(20, 5)) as pilot:
        app.spy.show([fit_line((Span("down", "failed"),), 20)])
        await pilot.pause()

        style = next(iter(app.spy.render_lines(Region(0, 0, 20, 1))[0])).style

        assert style is not None
        assert style.color is not None
        assert style.color.triplet is not None
        red, green, blue = style.color.triplet
        assert red == green == blue


async def test_another_theme_repaints_in_its_own_colours() -> None:
    app = SpyApp()
    async with app.run_test(size=(20, 1)) as pilot:
        app.spy.show(lines("one"))
        await pilot.pause()
        dark = app.spy.render_line(0)
        app.theme = "textual-light"
        await pilot.pause()

        assert [s.style for s in app.spy.render_line(0)] != [s.style for s in dark]


async def test_with_ascii_no_other_sign_of_ours_is_drawn() -> None:
    app = SpyApp(ascii=True)
    async with app.run_test(size=(20, 1)) as pilot:
        app.spy.show(lines("●▲◆✖■ ▁▂▃▄▅▆▇█ ×‖▌▸"))
        await pilot.pause()

        assert app.spy.render_line(0).text.isascii()


async def test_in_ascii_the_scroll_bar_is_ascii_too() -> None:
    app = SpyApp(ascii=True)
    async with app.run_test(size=(20, 7)) as pilot:
        app.spy.show([fit_line((Span(f"line {at}"),), 18) for at in range(23)])
        await pilot.pause()
        assert app.spy.show_vertical_scrollbar
        for line in range(4):
            app.spy.scroll_to(y=line, animate=False, force=True, immediate=True)
            await pilot.pause()
            strips = app.screen._compositor.render_strips(app.size)
            assert all(strip.text.isascii() for strip in strips)
