"""Payers: their streams and topics, their principals, the receipts that they read."""
