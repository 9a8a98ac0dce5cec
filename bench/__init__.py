"""Benchmarks: how long a build takes, beside what other typesetters take for the same book."""
