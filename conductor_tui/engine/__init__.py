"""The health engine: asynchronous, reaches the world through ports only."""
