"""Normalising, the disease master, the decision. Pure."""
