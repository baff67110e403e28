"""A client of any server that speaks the Open Inference Protocol over HTTP."""

from __future__ import annotations

import http.client
import json
import time
import urllib.parse
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

from mlgate.errors import ExitCode, MlgateError
from mlgate.serving.tensors import (
    DTYPES,
    TensorError,
    TensorSpec,
    read_json,
    read_tensors,
    write_tensors,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mlgate.serving.tensors import Arrays

_FRESH: Final = 1.0
"""A connection that rested longer (seconds) is opened again: the server may be closing it."""
_SHOWN: Final = 200


class EndpointError(MlgateError):
    """An endpoint does not answer, or not as the protocol says."""

    exit_code: ClassVar[ExitCode] = ExitCode.FORGE


@dataclass(frozen=True, slots=True)
class ServedMetadata:
    """What an endpoint says of its model."""

    name: str
    versions: tuple[str, ...]
    platform: str
    inputs: tuple[TensorSpec, ...]


class ModelClient:
    """One connection to an endpoint, for one thread.

    Parameters
    ----------
    address
        `http://host:port` or `https://…`, with what stands before `/v2` in paths.
    model
        The model's name.
    timeout
        Seconds after which an answer counts as missing.
    """

    def __init__(self, address: str, model: str, timeout: float = 10.0) -> None:
        parts = urllib.parse.urlsplit(address)
        kind = (
            http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        )
        self._connection = kind(parts.hostname or "", parts.port, timeout=timeout)
        self._prefix = parts.path.rstrip("/")
        self._model = model
        self._path = f"/v2/models/{urllib.parse.quote(model, safe='')}"
        self._used = 0.0

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def is_ready(self, path: str) -> bool:
        """Return whether a path answers with 200."""
        try:
            return self._request("GET", path)[0] == http.client.OK
        except EndpointError:
            return False

    def metadata(self) -> ServedMetadata:
        """Ask what the model is; another model's name is an `EndpointError`."""
        content = self._json("GET", self._path)
        self._check_name(content.get("name"))
        try:
            inputs = tuple(
                TensorSpec(str(spec["name"]), str(spec["datatype"]), tuple(map(int, spec["shape"])))
                for spec in content.get("inputs") or ()
            )
            versions = tuple(map(str, content.get("versions") or ()))
        except (KeyError, TypeError, ValueError):
            raise EndpointError("its metadata are not those of the protocol") from None
        unknown = [spec.datatype for spec in inputs if spec.datatype not in DTYPES]
        if unknown:
            raise EndpointError(f"its metadata name the data type {unknown[0]!r}")
        return ServedMetadata(self._model, versions, str(content.get("platform")), inputs)

    def infer(self, body: bytes) -> dict[str, NDArray[Any]]:
        """Ask for an answer; raises `EndpointError` for none, NaN, or another model's."""
        content = self._json("POST", f"{self._path}/infer", body)
        self._check_name(content.get("model_name"))
        try:
            return read_tensors(content, "outputs")
        except TensorError as error:
            raise EndpointError(f"its answer cannot be used: {error}") from None

    def _check_name(self, name: object) -> None:
        if name != self._model:
            raise EndpointError(f"it answers as the model {name!r}, not as {self._model!r}")

    def _json(self, method: str, path: str, body: bytes | None = None) -> dict[str, Any]:
        status, content = self._request(method, path, body)
        if status != http.client.OK:
            text = " ".join(content.decode("utf-8", "replace").split())[:_SHOWN]
            raise EndpointError(f"{method} {path} is answered with {status}: {text}")
        try:
            return read_json(content)
        except TensorError as error:
            raise EndpointError(f"its answer to {method} {path} cannot be used: {error}") from None

    def _request(self, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
        if time.monotonic() - self._used > _FRESH:
            self._connection.close()
        headers = {} if body is None else {"Content-Type": "application/json"}
        try:
            self._connection.request(method, self._prefix + path, body, headers)
            response = self._connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            why = str(error) or type(error).__name__
            raise EndpointError(f"{method} {path} is not answered: {why}") from None
        self._used = time.monotonic()
        return response.status, content


def is_address(text: str) -> bool:
    """Whether a text is an address that can be asked."""
    try:
        parts = urllib.parse.urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # no port
        return False


def request_body(inputs: Arrays) -> bytes:
    """Return the body of a request."""
    return json.dumps({"inputs": write_tensors(inputs)}).encode()
