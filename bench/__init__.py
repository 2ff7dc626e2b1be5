"""Benchmarks: the product beside the bare framework, in one run, so that a noisy machine slows both."""
