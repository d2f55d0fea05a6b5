"""Benchmarks: costs as ratios within one run, never a test. `make bench` runs them."""
