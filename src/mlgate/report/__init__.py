"""Verdict and evidence → Markdown, HTML and plots, from the run directory's files alone.

`load` reads · `build` decides what is shown, as a `document` · `markdown` and `html` render it,
`fit` within a limit · `plots` draw · `folder` writes the files. How every number and every untrusted
word is written is in `mlgate.text`.
"""

from mlgate.report.folder import draw, save, write

__all__ = ["draw", "save", "write"]
