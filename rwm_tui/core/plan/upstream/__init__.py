"""The three upstream repositories: which commits fit together, what is checked out, and the runner's missing guard."""
