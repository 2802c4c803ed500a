from conductor_tui.cli.dashboard import welcome
from conductor_tui.domain.settings import PlatformSettings, Settings
from tests.build import spec


def test_the_first_words_name_the_file_that_says_what_is_watched() -> None:
    platforms = (PlatformSettings(spec=spec("db"), options=None),)
    settings = Settings(platforms=platforms, source="./conductor.toml")
    assert welcome(settings) == "what is watched stands in ./conductor.toml"


def test_without_a_file_they_say_that_discovery_is_at_work() -> None:
    words = "no conductor.toml: what listens on this machine is watched"
    assert welcome(Settings(discover=True, source=words)) == words
