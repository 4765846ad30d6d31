"""What is paid to hospitals: payees, batches, and each payment's life from proposal to the bank's statement."""
