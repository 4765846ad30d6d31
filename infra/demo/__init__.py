"""`make demo`: the whole journey of a claim on this machine, shown through public surfaces only."""
