"""What is served: an ONNX file, or a function of the user's."""

from __future__ import annotations

import hashlib
import importlib
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from mlgate.errors import UsageError
from mlgate.serving.tensors import DTYPES, TensorSpec

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlgate.serving.tensors import Arrays

_ONNX_TYPES: Final = {
    "tensor(bool)": "BOOL",
    "tensor(string)": "BYTES",
    "tensor(float16)": "FP16",
    "tensor(float)": "FP32",
    "tensor(double)": "FP64",
} | {f"tensor({name.lower()})": name for name in DTYPES if "INT" in name}


@dataclass(frozen=True, slots=True)
class ServedModel:
    """A model with its metadata.

    Attributes
    ----------
    version
        The first twelve digits of its file's SHA-256, so that whoever asks knows which file answers; of
        a function those of its module's.
    inputs, outputs
        What it takes and returns; empty where a function does not say.
    predict
        Arrays by the inputs' names to arrays by the outputs' names.
    """

    name: str
    version: str
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    predict: Callable[[Arrays], Arrays]
    platform: str = "mlgate_python"

    def metadata(self) -> dict[str, Any]:
        """Return what GET /v2/models/NAME answers."""
        return {
            "name": self.name,
            "versions": [self.version],
            "platform": self.platform,
            "inputs": [spec.to_json() for spec in self.inputs],
            "outputs": [spec.to_json() for spec in self.outputs],
        }


ONNX: Final = "mlgate_onnx"
"""The platform of a model whose version is that of its file."""


def load(model: str, folder: Path, name: str | None, threads: int) -> ServedModel:
    """Load a model.

    Parameters
    ----------
    model
        A path to an ONNX file, or `module:function`, importable from the folder. The function takes and
        returns arrays by name, and may have attributes `inputs` and `outputs`, lists of dictionaries
        with `name`, `datatype` and `shape`, by which requests are then checked.
    name
        What requests call it; by default the file's or the function's name.
    threads
        Of ONNX Runtime, for one request.

    Raises
    ------
    UsageError
        When it cannot be loaded.
    """
    module, colon, function = model.partition(":")
    if colon and not (folder / model).exists():
        return _function(module, function, folder, name)
    return _onnx(folder / model, name, threads)


def version_of(sha256: str) -> str:
    """Return the version of a model with this digest."""
    return sha256[:12]


def _onnx(path: Path, name: str | None, threads: int) -> ServedModel:
    try:
        import onnxruntime
    except ImportError:
        msg = "ONNX models are run by the package onnxruntime, which is not installed"
        raise UsageError(msg, hint="pip install 'mlgate[serve]'") from None
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    try:
        content = path.read_bytes()
        session = onnxruntime.InferenceSession(content, options)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None
    except Exception as error:  # noqa: BLE001  (its exceptions have no common base)
        why = str(error).splitlines()[0]
        msg = f"{path.name} is no ONNX model that ONNX Runtime can run: {why}"
        raise UsageError(msg, hint="serve an .onnx file, or module:function") from None
    inputs, outputs = (
        tuple(_spec(node, path) for node in nodes)
        for nodes in (session.get_inputs(), session.get_outputs())
    )
    names = [spec.name for spec in outputs]

    def predict(arrays: Arrays) -> Arrays:
        return dict(zip(names, session.run(names, dict(arrays)), strict=True))

    version = version_of(hashlib.sha256(content).hexdigest())
    return ServedModel(name or path.stem, version, inputs, outputs, predict, ONNX)


def _spec(node: Any, path: Path) -> TensorSpec:
    datatype = _ONNX_TYPES.get(node.type)
    if datatype is None:
        msg = f"{node.name} of {path.name} is of type {node.type}, which the protocol does not know"
        raise UsageError(msg, hint="from scikit-learn, export with options={'zipmap': False}")
    shape = tuple(size if isinstance(size, int) else -1 for size in node.shape)
    return TensorSpec(node.name, datatype, shape)


def _function(module: str, function: str, folder: Path, name: str | None) -> ServedModel:
    sys.path.insert(0, str(folder))
    try:
        code = importlib.import_module(module)
        predict = getattr(code, function)
        inputs, outputs = (
            tuple(
                TensorSpec(spec["name"], spec["datatype"], tuple(spec["shape"]))
                for spec in getattr(predict, attribute, ())
            )
            for attribute in ("inputs", "outputs")
        )
    except Exception as error:  # noqa: BLE001  (the user's code may raise anything)
        why = str(error) or type(error).__name__
        msg = f"{module}:{function} cannot be served: {why}"
        raise UsageError(msg, hint="name a function that can be imported from here") from None
    file = getattr(code, "__file__", None)
    content = Path(file).read_bytes() if file else f"{module}:{function}".encode()
    version = version_of(hashlib.sha256(content).hexdigest())
    return ServedModel(name or function, version, inputs, outputs, predict)
