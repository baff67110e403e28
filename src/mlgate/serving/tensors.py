"""Tensors of the Open Inference Protocol: JSON to arrays and back, checked.

What is wrong with a request is a `TensorError` with the reason; nothing is cast that would change.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NoReturn

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Arrays = Mapping[str, NDArray[Any]]

DTYPES: Final[dict[str, Any]] = {
    "BOOL": np.bool_,
    **{f"{sign}INT{bits}": np.dtype(f"{sign}int{bits}".lower()).type for sign in ("", "U") for bits in (8, 16, 32, 64)},
    "FP16": np.float16,
    "FP32": np.float32,
    "FP64": np.float64,
    "BYTES": np.object_,
}  # fmt: skip
"""The protocol's data types; `BYTES` are texts in JSON."""
_NAMES: Final = {np.dtype(dtype): name for name, dtype in DTYPES.items()}
_KINDS: Final = {"b": "b", "i": "iu", "u": "iu", "f": "fiu"}
"""By the kind of a type, the kinds of numbers in JSON that it takes."""


class TensorError(ValueError):
    """What a tensor, or the JSON around it, gets wrong."""


@dataclass(frozen=True, slots=True)
class TensorSpec:
    """A tensor that a model takes or returns; -1 in its shape is any length."""

    name: str
    datatype: str
    shape: tuple[int, ...]

    def to_json(self) -> dict[str, Any]:
        """Return it as in the model's metadata."""
        return {"name": self.name, "datatype": self.datatype, "shape": list(self.shape)}


@dataclass(frozen=True, slots=True)
class InferRequest:
    """A request: its id, its tensors, and the outputs that it asks for (all where None)."""

    id: str | None
    inputs: Arrays
    outputs: tuple[str, ...] | None


def read_request(body: bytes, specs: Sequence[TensorSpec]) -> InferRequest:
    """Read a request for a model that takes these inputs; without specs it takes any."""
    content = read_json(body)
    identifier = content.get("id")
    if identifier is not None and not isinstance(identifier, str):
        raise TensorError("id is no text")
    inputs = read_tensors(content, "inputs")
    expected = {spec.name: spec for spec in specs}
    if expected and inputs.keys() != expected.keys():
        missing = [name for name in expected if name not in inputs]
        extra = [name for name in inputs if name not in expected]
        wrong = f"lacks the input {missing[0]!r}" if missing else f"has an input {extra[0]!r}"
        raise TensorError(f"the request {wrong}; the model takes {', '.join(expected)}")
    for name, spec in expected.items():
        _check(inputs[name], spec)
    return InferRequest(identifier, inputs, _wanted(content))


def read_json(body: bytes) -> dict[str, Any]:
    """Read an object; NaN and Infinity are no JSON."""
    try:
        content = json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise TensorError(f"the body is no JSON: {error}") from None
    if not isinstance(content, dict):
        raise TensorError("the body is no JSON object")
    return content


def read_tensors(content: Mapping[str, Any], key: str) -> dict[str, NDArray[Any]]:
    """Read the tensors under `inputs` or `outputs`."""
    tensors = content.get(key)
    if not isinstance(tensors, list) or not tensors:
        raise TensorError(f"{key} is no list of tensors")
    arrays: dict[str, NDArray[Any]] = {}
    for tensor in tensors:
        name = tensor.get("name") if isinstance(tensor, dict) else None
        if not isinstance(name, str):
            raise TensorError(f"{key} holds a tensor without a name")
        if name in arrays:
            raise TensorError(f"{key} holds {name!r} twice")
        arrays[name] = _array(name, tensor)
    return arrays


def write_tensors(arrays: Arrays) -> list[dict[str, Any]]:
    """Return tensors as JSON has them; a number that is not finite is a `TensorError`."""
    return [_tensor(name, array) for name, array in arrays.items()]


def _tensor(name: str, array: NDArray[Any]) -> dict[str, Any]:
    datatype = "BYTES" if array.dtype.kind in "US" else _NAMES.get(array.dtype)
    if datatype is None:
        raise TensorError(f"{name} is of type {array.dtype}, which the protocol does not know")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise TensorError(f"{name} holds NaN or an infinite number")
    data = array.ravel().tolist()
    if datatype == "BYTES" and not all(isinstance(value, str) for value in data):
        raise TensorError(f"{name} holds values that are no texts")
    return {"name": name, "datatype": datatype, "shape": list(array.shape), "data": data}


def _array(name: str, tensor: Mapping[str, Any]) -> NDArray[Any]:
    datatype, shape, data = (tensor.get(key) for key in ("datatype", "shape", "data"))
    if datatype not in DTYPES:
        raise TensorError(f"{name} has the data type {datatype!r}; there are {', '.join(DTYPES)}")
    if not isinstance(shape, list) or not all(type(size) is int and size >= 0 for size in shape):
        raise TensorError(f"{name} has no shape, such as [1, 30]")
    if not isinstance(data, list):
        raise TensorError(f"{name} has no data; tensors in binary form are not supported")
    array = _cast(name, datatype, data)
    if array.size != math.prod(shape):
        raise TensorError(f"{name} has {array.size:,} values, and its shape is {shape}")
    return array.reshape(shape)


def _cast(name: str, datatype: str, data: list[Any]) -> NDArray[Any]:
    """Return the values as an array of that type; none may change by it but by rounding a float."""
    dtype = np.dtype(DTYPES[datatype])
    wrong = TensorError(f"{name} holds values that are no {datatype}")
    try:
        raw = np.asarray(data, dtype if dtype.kind == "O" else None)
    except ValueError:
        raise TensorError(f"{name} holds lists of different lengths") from None
    if dtype.kind == "O":
        if not all(isinstance(value, str) for value in raw.ravel()):
            raise wrong
        return raw
    if raw.size and raw.dtype.kind not in _KINDS[dtype.kind]:
        raise wrong
    with np.errstate(over="ignore"):
        array = raw.astype(dtype)
    exact = np.isfinite(array).all() if dtype.kind == "f" else (array == raw).all()
    if not exact:
        raise wrong
    return array


def _check(array: NDArray[Any], spec: TensorSpec) -> None:
    datatype = _NAMES[array.dtype]
    if datatype != spec.datatype:
        raise TensorError(f"{spec.name} is {datatype}, and the model takes {spec.datatype}")
    fits = len(array.shape) == len(spec.shape) and all(
        expected in (-1, size) for size, expected in zip(array.shape, spec.shape, strict=True)
    )
    if not fits:
        raise TensorError(
            f"{spec.name} has the shape {list(array.shape)}, and the model takes {list(spec.shape)}"
        )


def _wanted(content: Mapping[str, Any]) -> tuple[str, ...] | None:
    outputs = content.get("outputs")
    if outputs is None:
        return None
    if not isinstance(outputs, list) or not all(
        isinstance(output, dict) and isinstance(output.get("name"), str) for output in outputs
    ):
        raise TensorError("outputs is no list of names")
    return tuple(output["name"] for output in outputs) or None


def _no_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number of JSON")
