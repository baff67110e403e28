"""Verdict and evidence → Markdown, HTML and plots, from the run directory's files alone.

What is shown is decided once, as a `document`; Markdown and HTML are two ways to render it. No
check is known here by name: its page is handed in as a `check_page`.
"""

from mlgate.report.folder import draw, save, write

__all__ = ["draw", "save", "write"]
