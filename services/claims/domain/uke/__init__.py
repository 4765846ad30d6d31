"""The record format of medical claims (UKE): layouts, reading, writing, rules of form, the facts of a receipt."""
