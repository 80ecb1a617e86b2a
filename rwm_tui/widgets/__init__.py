"""Widgets: core values drawn on the terminal."""
