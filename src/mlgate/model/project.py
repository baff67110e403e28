"""The project's own address, in one place."""

from typing import Final

PROJECT: Final = "mlgate/mlgate"
ACTION: Final = f"{PROJECT}@v0"
URL: Final = f"https://github.com/{PROJECT}"
DOCS: Final = f"{URL}/blob/main/docs"
"""Where the pages of the documentation are read."""
