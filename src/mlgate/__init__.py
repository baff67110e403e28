"""CI/CD for machine-learning models, with verdicts that can be trusted.

`mlgate.compare` is the Python API, see docs/python.md. It is imported when it is first used, so
that `import mlgate` costs nothing.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mlgate.api import CompareResult as CompareResult
    from mlgate.api import RequirementError as RequirementError
    from mlgate.api import UndecidedWarning as UndecidedWarning
    from mlgate.api import compare as compare

__version__ = "0.1.0"
_API = ("CompareResult", "RequirementError", "UndecidedWarning", "compare")


def __getattr__(name: str) -> Any:
    """Import the API when it is first used."""
    if name not in _API:
        raise AttributeError(f"module 'mlgate' has no attribute {name!r}")
    from mlgate import api

    return getattr(api, name)


def __dir__() -> list[str]:
    """Return what the package offers."""
    return [*globals(), *_API]
