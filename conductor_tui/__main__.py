"""`python -m conductor_tui` is `conductor-tui`."""

from conductor_tui.cli import main

if __name__ == "__main__":
    main()
