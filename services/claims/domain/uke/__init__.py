"""The record format of medical claims (UKE): layouts, reading, writing, rules of form, the facts of a receipt.

Where to begin: `assess.assess` judges one receipt and takes its facts; `submission.SubmissionReader` does so for whole
files, volume by volume, as their bytes come in; `document.read_document` gives typed records without judging.
"""
