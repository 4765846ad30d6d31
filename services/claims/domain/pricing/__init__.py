"""Pricing: what a unit of lines is worth by the fee schedule in force on the treatment day.

It computes points and says how, in numbers; whether something may be claimed at all is for the edits. What it cannot
price it names (`Unpriced`) and never guesses. The rules and their sources stand in docs/pricing.md.
"""
