"""What `mlgate publish` and the end of `mlgate run` share: from the environment to the step's files.

Three things need no token and are always done where CI has them: the step summary, the outputs,
and annotations in the log where there is no check run to hold them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from mlgate.cli import out, outputs
from mlgate.cli.context import open_forge
from mlgate.cli.settings import Settings
from mlgate.errors import ExitCode, ForgeError, MissingTokenError, MlgateError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mlgate import ci
    from mlgate.forges.data import Level
    from mlgate.forges.protocols import Forge
    from mlgate.pipeline.context import Context
    from mlgate.pipeline.publishing.content import Content
    from mlgate.pipeline.publishing.destination import Destination, PublishOptions
    from mlgate.pipeline.publishing.post import PublishResult
    from mlgate.pipeline.publishing.trusted_stage import RefusedBundleError
    from mlgate.run_dir import RunDir

_LOG: Final[dict[Level, ci.Level]] = {
    "failure": "error",
    "warning": "warning",
    "notice": "notice",
}
"""The levels, the gravest first."""

_OUTCOMES: Final = {"superseded": "a newer run's is kept", "absent": "this forge has none"}

F = TypeVar("F", bound="Callable[..., Any]")
_OPTIONS: Final[dict[str, dict[str, Any]]] = {
    "--key": {
        "help": "The key by which comment, check run and status are found. [default: the model's name]"
    },
    "--pr": {
        "type": click.IntRange(min=1),
        "help": "The pull request, where the event names none.",
    },
    "--report-url": {"help": "URL of report.html, such as the artifact's page."},
    "--only": {
        "type": click.Choice(["comment", "check", "status"]),
        "multiple": True,
        "help": "Post only this part. Repeatable.",
    },
}


def _keep(ctx: click.Context, param: click.Parameter, value: Any) -> None:
    ctx.ensure_object(Settings).extra[str(param.name)] = value


def publish_options(function: F) -> F:
    """Add the options of `options`, and `require_publish`."""
    for name, how in reversed(_OPTIONS.items()):
        function = click.option(name, callback=_keep, expose_value=False, **how)(function)
    text = "End with 3 where anything could not be posted."
    return click.option("--require-publish", is_flag=True, help=text)(function)


def options(settings: Settings) -> PublishOptions:
    """Return what the options say; MLGATE_KEY is the key where `--key` is not given."""
    from mlgate.pipeline.publishing.destination import PublishOptions

    given = settings.extra
    return PublishOptions(
        key=given.get("key") or settings.environ.get("MLGATE_KEY") or None,
        pull=given.get("pr"),
        report_url=given.get("report_url") or None,
        only=given.get("only") or (),
    )


def is_wanted(settings: Settings) -> bool:
    """Whether `mlgate run` is to post: in GitHub Actions, unless MLGATE_PUBLISH says no.

    Raises
    ------
    UsageError
        When MLGATE_PUBLISH is neither `true` nor `false`.
    """
    answer = settings.environ.get("MLGATE_PUBLISH") or "true"
    if answer not in ("true", "false"):
        raise UsageError(f"MLGATE_PUBLISH is {answer!r}", hint="it is true or false")
    return settings.ci_run.publishes and answer == "true"


def publish(settings: Settings, run_dir: RunDir, sources: Sequence[RunDir] = ()) -> PublishResult:
    """Post one report, or one of several run directories, and tell the step.

    Raises
    ------
    MlgateError
        When it is not even known what to post or where; else problems are in what it gives.
    """
    from mlgate.pipeline.publishing.content import read
    from mlgate.pipeline.publishing.destination import aim

    content = read(run_dir, sources)
    runs = [loaded.run for loaded in content.loaded]
    destination = aim(settings.ci_run, runs, options(settings))
    result = _post(settings, destination, content)
    tell(settings, content, result)
    return result


def publish_from_run(
    settings: Settings, context: Context, run: int, workflow: str, artifact: str
) -> PublishResult | None:
    """Post what another run measured, judged again here; None where it is out of date.

    Nothing of the bundle reaches the step's outputs but verdicts, which are one of six words.

    Raises
    ------
    MlgateError
        When the run or its bundle is refused, or GitHub fails before anything can be posted.
    """
    from mlgate.model.run_stamp import RunStamp
    from mlgate.pipeline.publishing import trusted_stage
    from mlgate.pipeline.publishing.post import post

    forge = open_forge(settings)
    started = settings.ci_run
    path = str(settings.config) if settings.config else "mlgate.yaml"
    expected = trusted_stage.ExpectedRun(run, workflow, artifact, path)
    try:
        taken = trusted_stage.take(context, forge, expected, started.repository)
    except trusted_stage.RefusedBundleError as error:
        _refuse(settings, forge, error)
        raise
    if taken is None:
        text = (
            f"run {run} is out of date: no open pull request has its commit as its head, or only "
            "its title was edited"
        )
        out.tell(text)
        return None
    made_by = taken.accepted.run
    stamp = RunStamp(made_by.id, made_by.attempt)
    destination = trusted_stage.destination(taken, started, options(settings), stamp)
    result = post(forge, destination, taken.content)
    trusted_stage.write(taken)
    trusted_stage.remember(context, taken)
    verdict = taken.judged.verdict
    values = {"verdict": verdict.verdict, "blocked": str(verdict.blocked).lower()}
    outputs.write(settings, values | outputs.of_folder(taken.dir))
    tell(settings, taken.content, result)
    return result


def base_changed(settings: Settings) -> bool:
    """Whether a workflow of the default branch was started by a pull request's new base."""
    run = settings.ci_run
    return run.event == "pull_request_target" and run.base_changed is True


def withdraw(settings: Settings, context: Context) -> ExitCode:
    """Withdraw the status that was set for the old base.

    Raises
    ------
    MlgateError
        When it cannot be set: it must not stand.
    """
    from mlgate.pipeline.publishing.withdraw import withdraw as withdraw_status

    path = str(settings.config) if settings.config else "mlgate.yaml"
    status = withdraw_status(context, open_forge(settings), path, options(settings).key)
    out.tell(f"status {status.context}: {status.description}")
    return ExitCode.OK


def _refuse(settings: Settings, forge: Forge, error: RefusedBundleError) -> None:
    """Replace the status of an earlier run, which says nothing of this one."""
    from mlgate.pipeline.publishing.render import refusal

    if forge.statuses is None or not options(settings).wants("status"):
        return
    try:
        key = options(settings).key or error.name
        forge.statuses.put(error.sha, refusal(key, error.message, settings.ci_run.url))
    except ForgeError as problem:
        warn(settings, f"not posted: status: {problem}")


def _post(settings: Settings, destination: Destination, content: Content) -> PublishResult:
    from mlgate.pipeline.publishing.post import post, refused

    try:
        forge = open_forge(settings)
    except MissingTokenError as error:
        return refused(destination, error)
    return post(forge, destination, content)


def after_run(settings: Settings, run_dir: RunDir, *, require: bool) -> ExitCode:
    """Publish what `mlgate run` made; whatever goes wrong is reported and changes no verdict."""
    try:
        published = publish(settings, run_dir)
    except MlgateError as error:
        warn(settings, f"not published: {error}")
        summarise(settings, run_dir)
        return ExitCode.FORGE if require else ExitCode.OK
    return ExitCode.FORGE if require and published.missing else ExitCode.OK


def summarise(settings: Settings, run_dir: RunDir) -> None:
    """Show the report as the step's summary, and annotate the log, without posting anything."""
    from mlgate.pipeline.publishing.content import read

    if settings.ci_run.summary or settings.ci_run.annotations:
        tell(settings, read(run_dir), None)


def tell(
    settings: Settings, content: Content, published: PublishResult | None, *, annotate: bool = True
) -> None:
    """Write the step's summary, and what became of each part; annotate where no check run does.

    Parameters
    ----------
    annotate
        Whether the log belongs to the commit that was judged.
    """
    from mlgate.pipeline.publishing.render import render_summary

    if published is not None:
        _say(settings, published)
    outputs.write(settings, _urls(published))
    annotations = settings.ci_run.annotations
    if annotations and annotate and (published is None or not published.posted("check")):
        _annotate(annotations, content)
    if settings.ci_run.summary is not None:
        to_summary(settings, render_summary(content, published))


def to_summary(settings: Settings, markdown: str) -> None:
    """Add Markdown to the step's summary, where CI has one."""
    if settings.ci_run.summary is None:
        return
    try:
        settings.ci_run.summary.add(markdown)
    except OSError as error:
        warn(settings, f"the step summary cannot be written: {error.strerror}")


def _annotate(annotations: ci.Annotations, content: Content) -> None:
    """Annotate the log, the gravest first: CI shows few."""
    from mlgate.pipeline.publishing.render import render_annotations

    every = [
        remark
        for loaded in content.loaded
        for remark in render_annotations(loaded.run, loaded.verdict)
    ]
    for level, name in _LOG.items():
        for remark in [remark for remark in every if remark.level == level][: annotations.limit]:
            line = annotations.line(
                name,
                remark.message,
                title=remark.title or "mlgate",
                path=remark.path,
                line=remark.start_line,
            )
            out.obey(line)


def _urls(published: PublishResult | None) -> dict[str, str]:
    """Return the outputs that say where things stand; empty where they do not."""
    return {
        "comment-url": (published and published.url("comment")) or "",
        "check-url": (published and published.url("check")) or "",
        "published": str(published is not None and not published.missing).lower(),
    }


def _say(settings: Settings, published: PublishResult) -> None:
    """Print what became of each part; one problem of several parts once."""
    for problem, parts in published.problems().items():
        warn(settings, f"not posted: {', '.join(parts)}: {problem}")
    if settings.log_level not in ("info", "debug"):
        return
    for part in published.parts:
        if part.outcome is not None:
            outcome = _OUTCOMES.get(part.outcome, part.outcome)
            where = f": {part.url}" if part.url else ""
            out.tell(f"{part.title}: {outcome}{where}")


def warn(settings: Settings, text: str) -> None:
    """Warn; in CI as an annotation of the run, which is seen without opening the log."""
    annotate(settings, "warning", text, title="mlgate")


def annotate(settings: Settings, level: ci.Level, text: str, *, title: str) -> None:
    """Annotate the run; outside of CI the text goes to standard error."""
    if settings.ci_run.annotations is not None:
        out.obey(settings.ci_run.annotations.line(level, text, title=title))
    else:
        out.tell(f"mlgate: {text}")
