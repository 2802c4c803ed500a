"""Settings of plug-ins as text: [plugins], [plugin.NAME] and its config."""

from collections.abc import Iterator, Mapping

from conductor_tui.adapters.settings.plugin_found import LIMITS
from conductor_tui.adapters.settings.rows import Notes, Row, comment_text, table_text
from conductor_tui.adapters.settings.toml_text import escaped, toml_key
from conductor_tui.domain.duration import format_duration
from conductor_tui.domain.plugin import PluginSettings
from conductor_tui.domain.settings import Settings
from conductor_tui.domain.size import format_size


def plugin_blocks(
    settings: Settings,
    notes: Mapping[str, Notes],
    written: Mapping[str, Mapping[str, object]],
) -> Iterator[str]:
    if settings.plugin_folder is not None:
        rows = iter((Row("folder", settings.plugin_folder),))
        yield table_text("[plugins]", rows, {})
    for plugin in settings.plugins:
        table = f"plugin.{plugin.name}"
        header = f"plugin.{toml_key(plugin.name)}"
        text = table_text(f"[{header}]", _rows(plugin), notes.get(table, {}))
        yield comment_text(plugin.origin) + text
        config = written.get(table, {}).get("config", escaped(plugin.config))
        if isinstance(config, Mapping) and config:
            of_config = (Row(toml_key(k), v, is_raw=True) for k, v in config.items())
            yield table_text(f"[{header}.config]", of_config, {})


def _rows(plugin: PluginSettings) -> Iterator[Row]:
    yield Row("use", plugin.use)
    yield Row("enabled", plugin.enabled)
    yield Row("isolate", plugin.isolate)
    yield Row("requires", list(plugin.requires))
    for key, name in LIMITS.items():
        value = getattr(plugin.limits, name)
        if name.endswith("_bytes"):
            yield Row(key, format_size(value))
        elif name.endswith("_s"):
            yield Row(key, format_duration(value))
        else:
            yield Row(key, value)
