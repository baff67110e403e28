"""Whether a model may be deployed: its verdict, age, digest and attestation.

Pure decisions; `pipeline/` reads what they are based on.
"""
