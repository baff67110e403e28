"""The history of one or many models as one static page.

Origin of each run ──► data: columns of numbers, texts once each ──► page: one HTML file
"""
