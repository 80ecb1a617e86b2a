"""The preflight: what would spoil a launch, found in files and readings, without starting anything."""
