"""Plug-ins that do what no plug-in should: one for each way to hurt others.

Each is `tests.adapters.plugins.hostile.bad:NAME`; what it does badly is in its method.
"""
