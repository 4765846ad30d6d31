"""Rules of settlement: what one decision moves. Pure."""
