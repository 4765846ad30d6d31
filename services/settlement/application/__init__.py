"""Use cases of settlement, over ports."""
