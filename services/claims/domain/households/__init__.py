"""Households' months and years as statements: which settled claims enter, whose they are, and what changed since."""
