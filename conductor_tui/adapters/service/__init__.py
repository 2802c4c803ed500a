"""What a daemon owes to whoever runs it: notifications and a log."""
