"""What happens, on its way into the journal, and back after a restart."""
