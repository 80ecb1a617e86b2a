"""What goes out to the terminal: only what changes on it."""
