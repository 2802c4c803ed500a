"""The keys that act on plug-ins: on the one under the cursor."""

from conductor_tui.domain.ids import PluginName
from conductor_tui.tui import commanding
from conductor_tui.tui.alert_acting import AlertActingApp
from conductor_tui.tui.messages import PicksPlugin
from conductor_tui.tui.present.plugin_note import plugin_of


class PluginActingApp(AlertActingApp):
    """An app whose keys enable, disable and restart plug-ins.

    A screen is imported when it is opened: the first paint must not wait for it.
    """

    @property
    def _aimed_plugin(self) -> PluginName | None:
        """The plug-in under the cursor, while it is there."""
        seat = self._seat
        if seat is None or not seat.is_mounted or not isinstance(seat, PicksPlugin):
            return None
        picked = seat.picked_plugin
        return picked if picked in self._seen.plugins else None

    @property
    def _plugin_of_platform(self) -> PluginName | None:
        """The plug-in that watches the platform under the cursor."""
        aim = self._picked
        plugin = plugin_of(aim.view, self._seen) if aim else None
        return plugin.name if plugin else None

    async def action_plugins(self) -> None:
        from conductor_tui.tui.screens.plugins import PluginsScreen

        first = self._plugin_of_platform
        await self._go(lambda: PluginsScreen(first, ascii=self.ascii, zone=self.zone))

    def action_enable_plugin(self) -> None:
        if (name := self._aimed_plugin) is not None:
            self._send([commanding.enable_plugin(name, self.desk.operator)])

    def action_restart_plugin(self) -> None:
        if (name := self._aimed_plugin) is not None:
            self._send([commanding.reload_plugin(name, self.desk.operator)])

    def action_disable_plugin(self) -> None:
        """Ask first: what it watches is not watched then."""
        from conductor_tui.tui.screens.disable import DisableScreen

        if (name := self._aimed_plugin) is not None:
            platforms = self._seen.platforms_of(name)
            screen = DisableScreen(name, platforms, ascii=self.ascii)
            self.push_screen(screen, self._disable)

    def _disable(self, name: PluginName | None) -> None:
        if name is not None:
            self._send([commanding.disable_plugin(name, self.desk.operator)])
