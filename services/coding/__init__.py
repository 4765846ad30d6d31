"""Finds standard codes for claim text. Owns suggestions; refuses to guess: one live master code or none."""
