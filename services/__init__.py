"""Seikyu's services; they never import one another."""
