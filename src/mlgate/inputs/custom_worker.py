"""Evaluates a user's metric. Run by path in the user's Python; speaks over stdin and stdout.

Needs the standard library and NumPy only, and Python 3.8. A message is 8 bytes of length (big
endian), JSON of that length, and the raw bytes of the arrays that the JSON lists; answers are
JSON alone. `custom.py` is the other end.
"""

from __future__ import annotations

import os
import sys

if sys.path[0] == os.path.dirname(os.path.abspath(__file__)):  # noqa: PTH100, PTH120
    sys.path[0] = ""  # the folder of the configuration instead of ours

import importlib
import inspect
import json
import struct
import traceback
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


class Problem(Exception):  # noqa: N818  (one word for it on both ends)
    """Something that the user can mend, told without a stack trace."""


class UserFunction:
    """The user's function, and how it takes scores and weights."""

    def __init__(self, reference: str) -> None:
        self.function = find(reference)
        self.score, self.weight = ways(self.function)

    def evaluate(self, rows: dict[str, Any], weights: Any, resampled: bool) -> float:
        """Call the function, with weights or with rows repeated."""
        if weights is not None and self.weight is None:
            rows, weights = repeated(rows, weights), None
        arguments, named = [rows["y_true"], rows["y_pred"]], {}
        for way, name, value in (
            (self.score, "y_score", rows.get("y_score")),
            (self.weight, "sample_weight", weights),
        ):
            if way == "position":
                arguments.append(value)
            elif way == "name":
                named[name] = value
        try:
            result = self.function(*arguments, **named)
        except ZeroDivisionError:
            if not resampled:
                raise
            result = float("nan")
        return number(result, resampled)


def find(reference: str) -> Callable[..., Any]:
    """Import `module:function`."""
    try:
        import numpy as np  # noqa: F401
    except ImportError as error:
        raise Problem(f"this Python ({sys.executable}) has no NumPy: {error}") from None
    module, _, name = reference.partition(":")
    try:
        member: Any = importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{module}.".startswith(f"{error.name}."):
            raise
        raise Problem(f"there is no module {module!r} for {sys.executable}") from None
    for part in name.split("."):
        if not hasattr(member, part):
            raise Problem(f"module {module!r} has no {name!r}")
        member = getattr(member, part)
    if not callable(member):
        raise Problem(f"{name!r} is not a function")
    return member  # type: ignore[no-any-return]


def ways(function: Callable[..., Any]) -> tuple[str | None, str | None]:
    """Say how a function takes scores and weights: by "position", by "name", or not (None)."""
    try:
        listed = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return "position", "position"
    if any(parameter.kind == parameter.VAR_POSITIONAL for parameter in listed):
        return "position", "position"
    names = {parameter.name for parameter in listed}
    positional = [o for o in listed if o.kind in (o.POSITIONAL_ONLY, o.POSITIONAL_OR_KEYWORD)]

    def way(name: str, index: int) -> str | None:
        if len(positional) > index and positional[index].default is inspect.Parameter.empty:
            return "position"
        return "name" if name in names else None

    return way("y_score", 2), way("sample_weight", 3)


def repeated(rows: dict[str, Any], weights: Any) -> dict[str, Any]:
    """Return each row as often as its weight says."""
    import numpy as np

    times = np.rint(weights).astype(np.int64)
    if not np.array_equal(times, weights):
        raise Problem(
            "it takes no sample_weight, and the weights of the rows (predictions.weight) are"
            " not whole numbers"
        )
    chosen = np.repeat(np.arange(len(times)), times)
    return {name: None if column is None else column[chosen] for name, column in rows.items()}


def number(result: Any, resampled: bool) -> float:
    """Return the function's result as a float.

    It must be finite on the plain rows. On resampled ones it may be undefined (a resample
    without a positive, for one): any such number is NaN then.
    """
    import numpy as np

    returned = f"it returned {result!r:.80}"
    if isinstance(result, (str, bytes)) or np.ndim(result) != 0:
        raise Problem(f"{returned}, not a number")
    try:
        value = float(result)
    except (TypeError, ValueError):
        raise Problem(f"{returned}, not a number") from None
    if not np.isfinite(value) and not resampled:
        raise Problem(f"{returned}, which is not a finite number")
    return value if np.isfinite(value) else float("nan")


def labelled(arrays: dict[str, Any], labels: Any) -> dict[str, Any]:
    """Return rows with the labels' own values instead of codes."""
    import numpy as np

    if labels is None:
        return arrays
    values = np.array(labels)
    coded = {name: values[arrays[name]] for name in ("y_true", "y_pred")}
    return {**arrays, **coded}


class Answers:
    """What the other end may ask for."""

    def __init__(self) -> None:
        self.metric: UserFunction | None = None
        self.slots: dict[int, dict[str, Any]] = {}

    def answer(self, header: dict[str, Any], arrays: dict[str, Any]) -> dict[str, Any]:
        """Do what one message asks."""
        if header["do"] == "load":
            self.metric = UserFunction(header["function"])
        elif header["do"] == "rows":
            self.slots[header["slot"]] = labelled(arrays, header["labels"])
        else:
            assert self.metric is not None
            rows = self.slots[header["slot"]]
            weights, resampled = arrays.get("weights"), header["resampled"]
            return {"value": self.metric.evaluate(rows, weights, resampled)}
        return {}


def private_pipes() -> tuple[IO[bytes], IO[bytes]]:
    """Take stdin and stdout for ourselves: what the user prints goes to stderr."""
    source, sink = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    return source, sink


def read_exactly(source: IO[bytes], size: int) -> bytes:
    """Read `size` bytes; the end of the stream ends the process."""
    data = source.read(size)
    if len(data) < size:
        sys.exit(0)
    return data


def receive(source: IO[bytes]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the next message: its JSON, and its arrays by name."""
    (size,) = struct.unpack(">Q", read_exactly(source, 8))
    header = json.loads(read_exactly(source, size).decode("utf-8"))
    arrays = {}
    for name, dtype, shape, length in header.pop("arrays"):
        import numpy as np

        raw = read_exactly(source, length)
        arrays[name] = np.frombuffer(raw, dtype=dtype).reshape(shape)
    return header, arrays


def send(sink: IO[bytes], answer: dict[str, Any]) -> None:
    """Answer."""
    data = json.dumps(answer).encode("utf-8")
    sink.write(struct.pack(">Q", len(data)) + data)
    sink.flush()


def main() -> None:
    """Answer until the other end closes."""
    source, sink = private_pipes()
    answers = Answers()
    while True:
        header, arrays = receive(source)
        try:
            answer = answers.answer(header, arrays)
        except Problem as problem:
            answer = {"problem": str(problem)}
        except (Exception, SystemExit):  # noqa: BLE001  (whatever the user's code does)
            answer = {"problem": "it failed", "traceback": traceback.format_exc()}
        send(sink, answer)


if __name__ == "__main__":
    main()
