"""`mlgate comment`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mlgate.cli import out
from mlgate.cli.settings import Settings, pass_settings
from mlgate.errors import ExitCode, MissingTokenError, UsageError

if TYPE_CHECKING:
    import threading

    from mlgate.forges.data import Posted
    from mlgate.forges.protocols import Forge
    from mlgate.pipeline.comment import CommentOptions, CommentResult


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--key", required=True, help="Distinguishes this comment from others; one comment per key."
)
@click.option(
    "--image",
    "images",
    type=click.Path(path_type=Path),
    multiple=True,
    help="An image that FILE shows; only those named are published. Repeatable.",
)
@click.option(
    "--target",
    metavar="pr|commit|issue",
    help="Where to post, such as pr/42, commit/SHA or issue/7. [default: the event's pull request, else its commit]",
)
@click.option(
    "--watch", is_flag=True, help="Update the comment as FILE changes, until TERM or Ctrl-C."
)
@pass_settings
def command(
    settings: Settings,
    file: Path,
    key: str,
    images: tuple[Path, ...],
    target: str | None,
    watch: bool,
) -> int:
    """Post FILE, any Markdown, as a comment that later runs update in place.

    The text is posted byte for byte; the images named are published on the branch mlgate-plots
    and shown from there. On GitHub it needs the job's token and, for images,
    `contents: write`.
    """
    stop = _stopped() if watch else None
    from mlgate.cli.context import open_forge
    from mlgate.cli.outputs import write
    from mlgate.pipeline import comment

    if not key.strip():
        raise UsageError("--key is empty", hint="name it after the workflow and job")
    try:
        forge = open_forge(settings)
    except MissingTokenError as error:
        raise UsageError(f"{error.message}, so nothing can be posted", hint=error.hint) from None
    run = settings.ci_run
    place = comment.target(target, run, forge.pulls)
    options = comment.CommentOptions(file, key, images, place, run.stamp, run.url)
    done = _watch(settings, forge, options, stop) if stop else comment.post(forge, options, _warn)
    _tell(settings, done.posted)
    write(settings, {"comment-url": done.posted.url})
    _summarise(settings, done)
    return ExitCode.OK if done.shown else ExitCode.FORGE


def _stopped() -> threading.Event:
    """Hear that it is to end from the very beginning: a training may be shorter than our start."""
    import signal
    import threading

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


def _watch(
    settings: Settings, forge: Forge, options: CommentOptions, stop: threading.Event
) -> CommentResult:
    from mlgate.pipeline.comment import Watch

    progress = settings.progress()
    return Watch(
        forge, options, stop, _warn, lambda posted: progress.line(f"{posted.outcome}: {posted.url}")
    ).run()


def _summarise(settings: Settings, done: CommentResult) -> None:
    """Put a text that was cut into the step summary, where the comment says that it is."""
    if done.cut is not None and settings.ci_run.summary is not None:
        settings.ci_run.summary.add(f"{done.cut}\n")


def _warn(text: str) -> None:
    out.tell(f"mlgate: {text}")


def _tell(settings: Settings, posted: Posted) -> None:
    if settings.json:
        import json

        out.data(json.dumps({"id": posted.id, "url": posted.url, "outcome": posted.outcome}))
    else:
        outcomes = {"superseded": "a newer run's comment is kept", "unchanged": "unchanged"}
        out.say(f"{outcomes.get(posted.outcome, posted.outcome)}: {posted.url}")
