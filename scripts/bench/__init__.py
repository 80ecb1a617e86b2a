"""How the app compares with its peers, all in one run: see docs/benchmarks.md."""
