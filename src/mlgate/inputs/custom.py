"""The user's own metrics, evaluated in the user's own Python.

One worker process serves one function, from its first use to `close`. It gets rows once and
weights as often as needed, through pipes that what the user prints cannot reach.
"""

from __future__ import annotations

import json
import math
import os
import select
import shlex
import signal
import subprocess
import tempfile
import time
import weakref
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, Self

from mlgate.errors import DataError
from mlgate.inputs import labels
from mlgate.inputs.answers import MetricAnswer, read_answer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from mlgate.model.rows import Rows
    from mlgate.progress import Progress

WORKER: Final = Path(__file__).with_name("custom_worker.py")
_TRACEBACK_LINES: Final = 8
_MAX_ANSWER: Final = 1 << 20
_GRACE: Final = 2.0


@dataclass(slots=True, weakref_slot=True)
class UserMetric:
    """A user's `module:function`; satisfies `model.inputs.CustomMetric`.

    Attributes
    ----------
    python
        The command of the user's Python, split as a shell would (`uv run python`).
    cwd
        The folder of the configuration, from which modules are imported.
    env
        The worker's environment.
    timeout
        Seconds for one evaluation.
    """

    function: str
    python: str
    cwd: Path
    env: Mapping[str, str]
    timeout: float = 600.0
    _worker: _Worker | None = None
    _sent: list[Rows] = field(default_factory=list)

    def __call__(
        self, rows: Rows, weights: NDArray[np.float64] | None, progress: Progress
    ) -> Sequence[float]:
        """Evaluate the plain rows, or one weighting of them a row of `weights`.

        A function without a parameter `sample_weight` gets each row as often as its weight
        says.

        Parameters
        ----------
        weights
            Shape (B, n), or None. Rows that have weights of their own (`predictions.weight`)
            count by the product; the plain rows by their own.

        Returns
        -------
        Sequence of float
            Of length B, or 1. NaN where the function gives no finite number for weighted
            rows: a resample may lack what the metric needs.

        Raises
        ------
        DataError
            When the function cannot be imported, fails, takes too long, gives no number, or
            none that is finite for the plain rows.
        """
        slot, own = self._slot(rows), rows.weight
        if weights is None:
            return [self._evaluate(slot, own, resampled=False)]
        values = []
        with progress.step(self.function, len(weights)) as step:
            for row in weights:
                times = row if own is None else row * own
                values.append(self._evaluate(slot, times, resampled=True))
                step.advance()
        return values

    def close(self) -> None:
        """End the worker."""
        if self._worker is not None:
            self._worker.stop()
        self._worker = None
        self._sent.clear()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the worker."""
        self.close()

    def _evaluate(
        self, slot: int, weights: NDArray[np.float64] | None, *, resampled: bool
    ) -> float:
        arrays = {} if weights is None else {"weights": weights}
        header = {"do": "evaluate", "slot": slot, "resampled": resampled}
        value = self._ask(header, arrays).value
        if value is not None and (resampled or math.isfinite(value)):
            return value if math.isfinite(value) else math.nan
        self.close()
        raise DataError(f"{self._name}: it gave no finite number")

    def _slot(self, rows: Rows) -> int:
        """Send rows unless the worker has them; give their number there."""
        for slot, sent in enumerate(self._sent):
            if sent is rows:
                return slot
        arrays = {"y_true": rows.y_true, "y_pred": rows.y_pred}
        if rows.score is not None:
            arrays["y_score"] = rows.score
        header = {"do": "rows", "slot": len(self._sent), "labels": own_labels(rows)}
        self._ask(header, arrays)
        self._sent.append(rows)
        return len(self._sent) - 1

    def _ask(self, header: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> MetricAnswer:
        if self._worker is None:
            self._worker = _Worker.start(self)
            weakref.finalize(self, self._worker.stop)
            self._ask({"do": "load", "function": self.function}, {})
        try:
            answer = read_answer(self._worker.ask(header, arrays, self.timeout), MetricAnswer)
        except (_Silent, DataError) as error:
            self.close()
            raise DataError(f"{self._name}: {error}", hint=error.hint) from None
        if (failure := answer.failure(_TRACEBACK_LINES)) is not None:
            self.close()
            raise DataError(f"{self._name}: {failure}")
        return answer

    @property
    def _name(self) -> str:
        return f"metrics.custom: {self.function}"


def own_labels(rows: Rows) -> list[Any] | None:
    """Return the classes as the values they were: truth values, numbers, or text."""
    if rows.task == "regression":
        return None
    if labels.BOOLS.issuperset(rows.classes):
        return [text == "true" for text in rows.classes]
    if all(map(labels.is_number, rows.classes)):
        numbers = [float(text) for text in rows.classes]
        whole = all(number.is_integer() for number in numbers)
        return [int(text) for text in rows.classes] if whole else numbers
    return list(rows.classes)


class _Silent(Exception):  # noqa: N818  (told to the user as a DataError)
    """The worker gave no answer."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True, slots=True)
class _Worker:
    """The process, and where its standard error goes."""

    process: subprocess.Popen[bytes]
    errors: IO[bytes]

    @classmethod
    def start(cls, metric: UserMetric) -> _Worker:
        """Start the user's Python."""
        command = [*shlex.split(metric.python), str(WORKER)]
        errors = tempfile.TemporaryFile()  # noqa: SIM115  (closed by `stop`)
        try:
            process = subprocess.Popen(
                command,
                cwd=metric.cwd,
                env=dict(metric.env),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=True,
            )
        except OSError as error:
            errors.close()
            msg = f"metrics.python: {metric.python!r} cannot be started: {error.strerror}"
            raise DataError(msg, hint="name the Python that the training runs in") from None
        return cls(process, errors)

    def ask(
        self, header: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]], timeout: float
    ) -> bytes:
        """Send one message and wait for its answer."""
        import numpy as np

        held = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
        listed = [
            (name, array.dtype.str, array.shape, array.nbytes) for name, array in held.items()
        ]
        text = json.dumps({**header, "arrays": listed}).encode()
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(len(text).to_bytes(8, "big") + text)
            for array in held.values():
                self.process.stdin.write(array.data.cast("B"))
            self.process.stdin.flush()
        except BrokenPipeError:
            raise self._died() from None
        deadline = time.monotonic() + timeout
        size = int.from_bytes(self._read(8, deadline, timeout), "big")
        if size > _MAX_ANSWER:
            msg = "its answer is too long"
            raise _Silent(msg)
        return self._read(size, deadline, timeout)

    def _read(self, size: int, deadline: float, timeout: float) -> bytes:
        assert self.process.stdout is not None
        handle, data = self.process.stdout.fileno(), b""
        while len(data) < size:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([handle], [], [], left)[0]:
                msg = f"it gave no answer within {timeout:g} s"
                raise _Silent(msg, "make it faster, or take fewer rows")
            part = os.read(handle, size - len(data))
            if not part:
                raise self._died()
            data += part
        return data

    def _died(self) -> _Silent:
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(_GRACE)
        self.errors.seek(0)
        lines = self.errors.read()[-10_000:].decode(errors="replace").rstrip().splitlines()
        tail = "\n".join(f"    {line}" for line in lines[-_TRACEBACK_LINES:])
        return _Silent(f"its Python ended with {self.process.returncode}\n{tail}".rstrip())

    def stop(self) -> None:
        """End the process and all that it started; again is no harm."""
        if self.process.poll() is None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.errors):
            with suppress(OSError):  # what could not be written is lost with the process
                assert pipe is not None
                pipe.close()
