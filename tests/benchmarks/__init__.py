"""Benchmarks: ratios measured in one run, printed; nothing here asserts a time."""
