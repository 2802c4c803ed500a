"""When the screens are told: on news, and when a second has passed."""

from conductor_tui.testing import FakeClock, RecordedSession
from conductor_tui.tui.feed import Feed
from tests.build import added, history


async def test_nothing_new_within_a_second_is_no_news() -> None:
    clock = FakeClock()
    feed = Feed(RecordedSession(history(added("api"))), clock)
    assert feed.news() is not None
    await clock.advance(0.9)
    assert feed.news() is None


async def test_a_new_second_is_news_for_countdowns() -> None:
    clock = FakeClock()
    feed = Feed(RecordedSession(history(added("api"))), clock)
    feed.news()
    await clock.advance(1.0)
    news = feed.news()
    assert news is not None
    assert news.now == clock.now()


def test_an_event_is_news_at_once() -> None:
    session = RecordedSession(history(added("api")))
    feed = Feed(session, FakeClock())
    feed.news()
    session.frames = list(history(added("api"), added("db")))
    news = feed.news()
    assert news is not None
    assert list(news.snapshot.platforms) == ["api", "db"]
