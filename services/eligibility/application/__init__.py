"""Use cases of eligibility: load, decide, save, announce."""
