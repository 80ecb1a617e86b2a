"""Two runs or launches side by side: what differs between them, aspect by aspect."""
