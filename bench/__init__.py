"""Benchmarks: how long a build takes, side by side with what other typesetters take for the same book."""
