"""What the outside learns of a running syncd: moments, log lines, metrics, the status of each feed."""
