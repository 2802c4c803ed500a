"""Other programs that ask our breakers before each call."""
