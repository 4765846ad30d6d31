"""What the bank says, what was instructed and what the ledger holds: matched, or in a queue that says why."""
