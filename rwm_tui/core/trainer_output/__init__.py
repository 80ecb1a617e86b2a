"""What a trainer prints and records: console lines, stages, scalars."""
