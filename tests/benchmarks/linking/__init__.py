"""How good linking is, measured against what the lists themselves say, and what it costs."""
