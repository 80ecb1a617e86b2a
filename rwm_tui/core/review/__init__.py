"""Reviewing past runs: what is told of each at a glance, an index that is only a cache, filters and sorting."""
