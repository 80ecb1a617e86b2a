"""The programs that ours is measured beside."""
