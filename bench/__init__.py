"""What is promised about speed, measured beside rivals: one script per promise. See docs/benchmarks.md."""
