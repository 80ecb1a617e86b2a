"""What a run establishes, written down: Claim · Status · Evidence · Required to advance, with the files' digests."""
