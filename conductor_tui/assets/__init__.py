"""Files for the programs around conductor-tui: systemd, Prometheus, Grafana."""
