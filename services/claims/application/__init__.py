"""The use cases of claims: load, decide, save, announce. They know no driver, no broker and no wire format."""
