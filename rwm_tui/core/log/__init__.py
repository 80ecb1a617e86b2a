"""Console logs of any size, read where they are looked at: lines are addressed by the byte at which they begin."""
