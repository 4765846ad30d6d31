"""What coding does for its callers: load, decide, save, announce."""
