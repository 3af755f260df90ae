"""What a running syncd reports: moments, log lines, metrics, the status of each feed."""
