"""Settlement: the balanced ledger of what payers owe hospitals, and what each payer is told of it."""
