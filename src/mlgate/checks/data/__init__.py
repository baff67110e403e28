"""`data`: Whether the data are what they should be: schema, rules, leakage and oddities."""
