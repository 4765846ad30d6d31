"""The adviser's parts."""
