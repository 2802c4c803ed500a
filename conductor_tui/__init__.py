"""conductor-tui: a terminal control room over an asynchronous health engine.

Importing this package imports nothing else, so a program that only wants the
version, or later the client, never pays for Textual.
"""

__version__ = "0.1.0"
