"""What is worth looking at over time, as values that a screen can draw."""
