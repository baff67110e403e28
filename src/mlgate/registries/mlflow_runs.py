"""Runs of an MLflow server, over its REST interface: find one, read it, fetch its files, set its tags."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from pydantic import BaseModel, ValidationError

from mlgate.registries import mlflow
from mlgate.registries.registry import RegistryError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

COMMIT: Final = "mlgate.commit"
_TAGS: Final = (COMMIT, "mlflow.source.git.commit")
"""Tags that name the commit of a run: ours, and the one that MLflow's client sets in a repository."""
_PROXY: Final = "mlflow-artifacts:"
_MOST: Final = 1_000
"""Experiments that are searched, and files of a run that are listed."""


@dataclass(frozen=True, slots=True)
class MlflowRun:
    """What a run logged; of each metric the last value."""

    id: str
    experiment: str
    status: str
    commit: str | None
    artifacts: str
    metrics: Mapping[str, float]
    params: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class MlflowRuns:
    """The runs of one server; every method raises `RegistryError`."""

    url: str
    environ: Mapping[str, str]

    def get(self, run_id: str) -> MlflowRun:
        """Return a run."""
        answer = self._ask("GET", "runs/get", {"run_id": run_id})
        if answer.run is None:
            raise mlflow.other_form(self.url)
        return answer.run.read()

    def of_commit(self, commit: str) -> MlflowRun:
        """Return the newest run that has ended well and whose tag names a commit."""
        experiments = [each.experiment_id for each in self._experiments()]
        for tag in _TAGS:
            body = {
                "experiment_ids": experiments,
                "filter": f"tags.`{tag}` = '{commit}' and attributes.status = 'FINISHED'",
                "order_by": ["attributes.start_time DESC"],
                "max_results": 1,
            }
            for run in self._ask("POST", "runs/search", body).runs:
                return run.read()
        msg = f"no finished run on the MLflow server is of commit {commit}"
        hint = f'let the training set the tag: mlflow.set_tag("{COMMIT}", …), or name the run: --mlflow RUN'
        raise RegistryError(msg, hint=hint)

    def files(self, run: MlflowRun) -> Iterator[str]:
        """Yield the paths of all files that a run logged."""
        folders, count = [""], 0
        while folders:
            query = {"run_id": run.id, "path": folders.pop()}
            for file in self._ask(
                "GET", "artifacts/list", {k: v for k, v in query.items() if v}
            ).files:
                count += 1
                if count > _MOST:
                    raise RegistryError(f"the run {run.id} has more than {_MOST:,} files")
                if file.is_dir:
                    folders.append(file.path)
                else:
                    yield file.path

    def fetch(self, run: MlflowRun, path: str, write: Callable[[bytes], object]) -> None:
        """Write the content of a file, part by part."""
        if not run.artifacts.startswith(_PROXY):
            where = run.artifacts.partition(":")[0]
            msg = f"the files of run {run.id} are at {where}:…, and the MLflow server does not hand them out"
            raise RegistryError(
                msg, hint="start it with --serve-artifacts and --artifacts-destination"
            )
        folder = run.artifacts.removeprefix(_PROXY).lstrip("/")
        answer = mlflow.request(
            self.url,
            self.environ,
            "GET",
            f"/api/2.0/mlflow-artifacts/artifacts/{quote(f'{folder}/{path}')}",
            {},
            stream=True,
        )
        if not answer.ok:
            raise RegistryError(
                f"MLflow refuses the file {path} of run {run.id}: {answer.status_code}"
            )
        for part in mlflow.parts(self.url, answer):
            write(part)

    def tag(self, run: MlflowRun, tags: Mapping[str, str]) -> None:
        """Set tags of a run."""
        for key, value in tags.items():
            self._ask("POST", "runs/set-tag", {"run_id": run.id, "key": key, "value": value})

    def page(self, run: MlflowRun) -> str:
        """Return the address of a run's page."""
        return f"{self.url.rstrip('/')}/#/experiments/{run.experiment}/runs/{run.id}"

    def _experiments(self) -> tuple[_Experiment, ...]:
        return self._ask("POST", "experiments/search", {"max_results": _MOST}).experiments

    def _ask(self, method: str, path: str, given: Mapping[str, Any]) -> _RunsAnswer:
        answer = mlflow.request(self.url, self.environ, method, f"{mlflow.API}{path}", given)
        try:
            content = _RunsAnswer.model_validate(answer.json())
        except (ValidationError, ValueError):
            raise mlflow.other_form(self.url) from None
        if not answer.ok:
            raise mlflow.refused(path, content.error_code, content.message, answer.status_code)
        return content


class _Pair(BaseModel):
    key: str
    value: str | float = ""


class _Info(BaseModel):
    run_id: str
    experiment_id: str
    status: str = ""
    artifact_uri: str = ""


class _Data(BaseModel):
    metrics: tuple[_Pair, ...] = ()
    params: tuple[_Pair, ...] = ()
    tags: tuple[_Pair, ...] = ()


class _Run(BaseModel):
    info: _Info
    data: _Data = _Data()

    def read(self) -> MlflowRun:
        tags = {tag.key: str(tag.value) for tag in self.data.tags}
        return MlflowRun(
            id=self.info.run_id,
            experiment=self.info.experiment_id,
            status=self.info.status,
            commit=next((tags[name] for name in _TAGS if tags.get(name)), None),
            artifacts=self.info.artifact_uri,
            metrics={metric.key: _number(metric.value) for metric in self.data.metrics},
            params={param.key: str(param.value) for param in self.data.params},
        )


class _Experiment(BaseModel):
    experiment_id: str


class _File(BaseModel):
    path: str
    is_dir: bool = False


class _RunsAnswer(BaseModel):
    """What is read of the server's answers; all else is left out."""

    error_code: str = ""
    message: str = ""
    run: _Run | None = None
    runs: tuple[_Run, ...] = ()
    experiments: tuple[_Experiment, ...] = ()
    files: tuple[_File, ...] = ()


def _number(value: str | float) -> float:
    try:
        return float(value)
    except ValueError:
        return math.nan
