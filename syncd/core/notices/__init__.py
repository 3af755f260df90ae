"""What authorities announce before their lists show it: notices, and the commits that enact them. Pure."""
