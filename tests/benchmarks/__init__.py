"""Benchmarks of speed and memory. They are not tests: run each as a module, `python -m tests.benchmarks.streaming`.

Most results are ratios of two measurements from the same run, because absolute times differ between machines.
"""
