"""Plug-ins that come with conductor-tui: they show how one is written, and are useful.

Each is one class behind an entry point in `conductor_tui.platforms`, and imports what
any author would: `conductor_tui.plugin`, and the library it speaks with.
"""
