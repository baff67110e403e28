"""Versions and aliases of an MLflow server, over its REST interface; MLflow itself is not needed.

The server is $MLFLOW_TRACKING_URI, with $MLFLOW_TRACKING_TOKEN, or _USERNAME and _PASSWORD, as for MLflow's own
client. Setting an alias there is unconditional: it is read before and after, which leaves a moment in which
somebody else's change is overwritten, or overwrites this one and is reported.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from pydantic import BaseModel, ValidationError

from mlgate import outgoing
from mlgate.registries.registry import Alias, ModelVersion, RegistryError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import requests

    from mlgate.registries.registry import Facts

API: Final = "/api/2.0/mlflow/"
_TIMEOUT: Final = (10, 60)
_PAGE: Final = 200
_MOST_PAGES: Final = 500


@dataclass(frozen=True, slots=True)
class MlflowRegistry:
    """One registered model of a server.

    Attributes
    ----------
    source
        Where a new version's files are, as MLflow calls it: `s3://…`, `runs:/…`.
    """

    url: str
    name: str
    environ: Mapping[str, str]
    source: str | None = None

    def versions(self) -> tuple[ModelVersion, ...]:
        """Return all versions."""
        listed: list[_ServerVersion] = []
        query = {"filter": f"name = '{self.name}'", "max_results": _PAGE}
        for _ in range(_MOST_PAGES):
            answer = self._call("GET", "model-versions/search", query)
            listed += answer.model_versions
            if not answer.next_page_token:
                return tuple(each.as_registered for each in sorted(listed, key=lambda v: v.version))
            query |= {"page_token": answer.next_page_token}
        msg = f"the MLflow server at {_host(self.url)} lists more than {_MOST_PAGES * _PAGE:,} versions"
        raise RegistryError(msg)

    def aliases(self) -> Mapping[str, Alias]:
        """Return all aliases."""
        code = "RESOURCE_DOES_NOT_EXIST"
        answer = self._call("GET", "registered-models/get", {"name": self.name}, accept=code)
        listed = answer.registered_model.aliases
        versions = {version.name: version for version in self.versions()} if listed else {}
        named = {each.alias: versions.get(str(each.version)) for each in listed}
        return {
            name: Alias(name, version, None if version is None else version.commit)
            for name, version in named.items()
        }

    def register(self, commit: str, version: str | None, facts: Facts) -> ModelVersion:
        """Add a version; MLflow numbers them itself."""
        if version is not None:
            msg = "MLflow numbers versions itself"
            raise RegistryError(msg, hint="leave --version out")
        if self.source is None:
            msg = (
                "MLflow registers files that are stored somewhere, and --source does not say where"
            )
            raise RegistryError(msg, hint="--source s3://bucket/model, or runs:/RUN/model")
        self._call(
            "POST",
            "registered-models/create",
            {"name": self.name},
            accept="RESOURCE_ALREADY_EXISTS",
        )
        tags = [
            {"key": f"mlgate.{key}", "value": value}
            for key, value in {**facts, "commit": commit}.items()
        ]
        body = {"name": self.name, "source": self.source, "tags": tags}
        answer = self._call("POST", "model-versions/create", body)
        if answer.model_version is None:
            raise other_form(self.url)
        return answer.model_version.as_registered

    def assign(
        self, alias: str, version: ModelVersion, expected: Alias | None, facts: Facts
    ) -> str:
        """Set an alias, and tag its version with the facts."""
        before = None if expected is None or expected.version is None else expected.version.name
        self._hold(alias, before)
        for key, value in facts.items():
            body = {
                "name": self.name,
                "version": version.name,
                "key": f"mlgate.{key}",
                "value": value,
            }
            self._call("POST", "model-versions/set-tag", body)
        self._hold(alias, before)
        body = {"name": self.name, "alias": alias, "version": version.name}
        self._call("POST", "registered-models/alias", body)
        self._hold(alias, version.name)
        return f"models:/{self.name}@{alias}"

    def _hold(self, alias: str, expected: str | None) -> None:
        """Raise unless an alias names this version now."""
        named = self.aliases().get(alias)
        version = named.version.name if named is not None and named.version else None
        if version != expected:
            msg = f"{alias} of {self.name} names {'nothing' if version is None else f'version {version}'} by now"
            hint = "somebody else changed the registry meanwhile: look at it, and run this again"
            raise RegistryError(msg, hint=hint)

    def _call(
        self,
        method: str,
        path: str,
        given: Mapping[str, Any],
        *,
        accept: str | None = None,
    ) -> _ServerAnswer:
        """Ask the server.

        Parameters
        ----------
        accept
            An error's code that is none here: the answer is empty then.
        """
        answer = request(self.url, self.environ, method, f"{API}{path}", given)
        try:
            content = _ServerAnswer.model_validate(answer.json())
        except ValidationError:
            raise other_form(self.url) from None
        except ValueError as error:
            raise _silent(self.url, error) from None
        if answer.ok:
            return content
        if accept is not None and content.error_code == accept:
            return _ServerAnswer()
        raise refused(
            f"{path} of {self.name}", content.error_code, content.message, answer.status_code
        )


def request(
    url: str,
    environ: Mapping[str, str],
    method: str,
    path: str,
    given: Mapping[str, Any],
    *,
    stream: bool = False,
) -> requests.Response:
    """Ask an MLflow server; raises `RegistryError` where it does not answer."""
    import requests

    login = environ.get("MLFLOW_TRACKING_USERNAME"), environ.get("MLFLOW_TRACKING_PASSWORD")
    token = environ.get("MLFLOW_TRACKING_TOKEN")
    sent = outgoing.request_body(given, "the MLflow server")
    try:
        return requests.request(
            method,
            f"{url.rstrip('/')}{path}",
            params=sent if method == "GET" else None,
            json=None if method == "GET" else sent,
            auth=(login[0], login[1]) if login[0] and login[1] else None,
            headers={"Authorization": f"Bearer {token}"} if token else None,
            timeout=_TIMEOUT,
            allow_redirects=False,
            stream=stream,
        )
    except requests.RequestException as error:
        raise _silent(url, error) from None


def parts(url: str, answer: requests.Response) -> Iterator[bytes]:
    """Yield the content of an answer; raises `RegistryError` where it breaks off."""
    import requests

    try:
        yield from answer.iter_content(1 << 20)
    except requests.RequestException as error:
        raise _silent(url, error) from None


def _silent(url: str, error: Exception) -> RegistryError:
    msg = f"the MLflow server at {_host(url)} does not answer ({type(error).__name__})"
    return RegistryError(msg, hint="is MLFLOW_TRACKING_URI right, and the server up?")


def refused(what: str, code: str, message: str, status: int) -> RegistryError:
    """Return the error for what a server refuses."""
    shown = outgoing.redactor().mask(message)[:300]
    msg = f"MLflow refuses {what}: {code or status}: {shown}"
    return RegistryError(msg, hint="may this login write there?" if status == 403 else None)


def other_form(url: str) -> RegistryError:
    """Return the error for an answer that is not MLflow's."""
    msg = f"the server at {_host(url)} answers in another form than MLflow"
    return RegistryError(msg, hint="is MLFLOW_TRACKING_URI the address of an MLflow server?")


class _ServerTag(BaseModel):
    key: str
    value: str = ""


class _ServerVersion(BaseModel):
    """A version as the server lists it."""

    version: int
    tags: tuple[_ServerTag, ...] = ()

    @property
    def as_registered(self) -> ModelVersion:
        tags = {tag.key: tag.value for tag in self.tags}
        return ModelVersion(str(self.version), tags.get("mlgate.commit"), tags.get("mlgate.sha256"))


class _ServerAlias(BaseModel):
    alias: str
    version: int


class _ServerModel(BaseModel):
    aliases: tuple[_ServerAlias, ...] = ()


class _ServerAnswer(BaseModel):
    """What is read of the server's answers; all else is left out."""

    error_code: str = ""
    message: str = ""
    model_version: _ServerVersion | None = None
    model_versions: tuple[_ServerVersion, ...] = ()
    next_page_token: str | None = None
    registered_model: _ServerModel = _ServerModel()


def _host(url: str) -> str:
    return urlsplit(url).hostname or "MLFLOW_TRACKING_URI"
