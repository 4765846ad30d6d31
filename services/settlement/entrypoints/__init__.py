"""How the world reaches settlement: its process and its RPCs."""
