"""What Prometheus is told: counted as it happens, written when it asks."""
