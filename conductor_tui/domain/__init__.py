"""What conductor-tui means: frozen data and pure functions, standard library only."""
