"""The adviser over a real socket on loopback."""
