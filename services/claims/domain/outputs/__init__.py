"""The files that hospitals' own systems read of a month's outcomes: returned receipts and cut points.

The official layouts of both are not at hand. What several public readers of real files agree on is written, and marked
[S] where it stands; what nobody told us is left out. docs/hospital.md lists both.
"""
