"""How fast, and how lean. Nothing here is a test: run each as a module, `python -m tests.benchmarks.streaming`.

They print ratios of figures that were taken in one run, for seconds differ from machine to machine.
"""
