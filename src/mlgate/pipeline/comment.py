"""`mlgate comment`: somebody's own Markdown as a sticky comment, with the images they name."""

from __future__ import annotations

import os
import urllib.parse
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mlgate.errors import DataError, ForgeError, UsageError
from mlgate.forges import sticky
from mlgate.forges.data import Place
from mlgate.forges.markdown import cut, replace_destinations
from mlgate.forges.newer import NewerRuns
from mlgate.forges.protocols import needed

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Mapping

    from mlgate import ci
    from mlgate.forges.data import Posted
    from mlgate.forges.protocols import Files, Forge, Pulls
    from mlgate.model.run_stamp import RunStamp

FILE_LIMIT: Final = 4 << 20
IMAGE_LIMIT: Final = 10 << 20
"""Bytes; GitHub shows no larger images."""
IMAGES: Final = (".gif", ".jpeg", ".jpg", ".png", ".svg", ".webp")
OFTEN, SELDOM = 30.0, 120.0
"""Seconds between two updates of a watched file: in its first ten minutes, and later."""
_FIRST: Final = 600.0
_LOOK: Final = 1.0


@dataclass(frozen=True, slots=True)
class CommentOptions:
    """What to post, and where; `whole` is an address where a text that is cut stands whole."""

    file: Path
    key: str
    images: tuple[Path, ...]
    place: Place
    stamp: RunStamp
    whole: str | None = None


@dataclass(frozen=True, slots=True)
class CommentResult:
    """The result of posting a comment.

    Attributes
    ----------
    shown
        Whether all of the images that were wanted can be seen.
    cut
        The whole text, where it was too long for a comment.
    """

    posted: Posted
    shown: bool
    cut: str | None = None


def target(setting: str | None, run: ci.Run, pulls: Pulls | None) -> Place:
    """Find the place that a `--target` means.

    Parameters
    ----------
    asked
        `pr`, `commit` or `issue`, for the event's, or one of them with `/` and a number or SHA.
        None: the event's pull request, else its commit.

    Raises
    ------
    UsageError
        When the event has none.
    """
    kind, _, ident = (setting or "").partition("/")
    if kind not in ("", "pr", "commit", "issue"):
        raise UsageError(f"--target {setting}: expected pr, commit or issue, or pr/42, issue/7, …")
    if kind == "issue" or (kind == "pr" and ident):
        number = _number(ident, setting) if ident else run.issue
        if number is None:
            raise UsageError(f"the event {run.event!r} has no issue", hint="name one: issue/7")
        return Place.issue(number) if kind == "issue" else Place.pull(number)
    if kind != "commit" and (pull := _pull(run, pulls)) is not None:
        return Place.pull(pull)
    if kind == "pr":
        raise UsageError(
            f"there is no open pull request of the commit {run.commit}",
            hint="name one (pr/42), or comment on the commit: --target commit",
        )
    sha = ident or run.commit
    if not sha:
        raise UsageError("it is not known which commit this is", hint="name it: commit/SHA")
    return Place.commit(sha)


def _number(text: str, setting: str | None) -> int:
    if not (text.isascii() and text.isdigit()):
        raise UsageError(f"--target {setting}: {text!r} is not a number")
    return int(text)


def _pull(run: ci.Run, pulls: Pulls | None) -> int | None:
    """Return the event's pull request, else the open one that the commit is the head of."""
    if run.pull_request is not None or run.commit is None or pulls is None:
        return run.pull_request
    if run.measured_by is not None and run.head_repository and run.head_branch:
        listed = pulls.with_head(run.head_repository, run.head_branch, run.commit)
    else:
        listed = pulls.with_commit(run.commit)
    heads = [pull.number for pull in listed if pull.state == "open" and pull.head_sha == run.commit]
    return heads[0] if len(heads) == 1 else None


def post(forge: Forge, options: CommentOptions, warn: Callable[[str], None]) -> CommentResult:
    """Post the file as it is now; what of it cannot be shown is said to `warn`."""
    text = _read(options.file)
    comments = needed(forge.comments, "comments")
    existing = sticky.find(comments, options.place, options.key, forge.patience)
    sha = options.place.id if options.place.kind == "commit" else None
    urls, all_shown = {}, True
    shown = _shown(text, options)
    if shown and forge.files is None:
        warn("the images are not shown: this forge keeps no files")
    elif shown and forge.files is not None:
        earlier = existing.comment.body if existing.comment else ""
        try:
            urls = _publish(forge.files, shown, earlier)
        except ForgeError as error:
            warn(f"the images are not shown: {error}")
            all_shown = False
    for image in options.images:
        if image not in shown:
            warn(f"{options.file} does not show {image}: it is not published")
    text = replace_destinations(text, lambda written: urls.get(_meant(written, options) or Path()))
    fitting = cut(text, sticky.room(options.key, options.stamp), _note(options, len(text)))
    posted = sticky.post(
        comments,
        options.place,
        key=options.key,
        text=fitting,
        stamp=options.stamp,
        patience=forge.patience,
        earlier=existing,
        vouch=NewerRuns(forge, options.place, sha).vouch,
    )
    return CommentResult(posted, all_shown, None if fitting == text else text)


def _read(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            content = opened.read(FILE_LIMIT + 1)
        text = content.decode()
    except OSError as error:
        raise DataError(f"cannot read {file}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise DataError(f"{file} is not UTF-8 text (byte {error.start})") from None
    if len(content) > FILE_LIMIT:
        raise DataError(f"{file} has more than {FILE_LIMIT:,} bytes")
    if not text.strip():
        raise DataError(f"{file} is empty", hint="GitHub takes no empty comment")
    return text


def _shown(text: str, options: CommentOptions) -> dict[Path, bytes]:
    """Return the declared images that the text shows, with their content."""
    meant: set[Path] = set()

    def note(written: str) -> None:
        path = _meant(written, options)
        if path is not None:
            meant.add(path)

    replace_destinations(text, note)
    return {path: _image(path) for path in options.images if path in meant}


def _meant(written: str, options: CommentOptions) -> Path | None:
    """Return the declared image that an address in the text stands for.

    Relative addresses count from the file's folder, as GitHub's do, or from where we are.
    """
    path = urllib.parse.unquote(written.partition("#")[0])
    if not path or "\0" in path or "://" in path:
        return None
    places = {
        os.path.normpath(folder / path) for folder in (options.file.absolute().parent, Path.cwd())
    }
    return next(
        (image for image in options.images if os.path.normpath(image.absolute()) in places), None
    )


def _image(path: Path) -> bytes:
    if path.suffix.lower() not in IMAGES:
        raise UsageError(f"--image {path}: GitHub shows {', '.join(IMAGES)}")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"cannot read the image {path}: {error.strerror}") from None
    if len(content) > IMAGE_LIMIT:
        raise DataError(f"the image {path} has more than {IMAGE_LIMIT >> 20} MiB")
    return content


def _publish(store: Files, shown: Mapping[Path, bytes], earlier: str) -> dict[Path, str]:
    files = {str(path): content for path, content in shown.items()}
    urls = store.already_shown(files, earlier)
    new = {path: content for path, content in files.items() if path not in urls}
    urls |= store.publish(new, f"Add {len(new)} picture{'s' if len(new) > 1 else ''}")
    return {Path(path): url for path, url in urls.items()}


def _note(options: CommentOptions, length: int) -> str:
    where = f" [The whole text]({options.whole})" if options.whole else ""
    return (
        f"<sub>Cut here: of {length:,} characters GitHub takes {sticky.LIMIT:,} in a comment."
        f"{where}</sub>"
    )


@dataclass(slots=True)
class Watch:
    """Keeps a comment like its file until `stop` is set: at least once, at the end.

    An update takes about five requests, so a watched file costs at most 250 of the 1,000 that
    a job's token has an hour, and far fewer than the 80 changes a minute that GitHub takes.
    """

    forge: Forge
    options: CommentOptions
    stop: threading.Event
    warn: Callable[[str], None]
    report: Callable[[Posted], None]
    pause: Callable[[float], object] | None = None
    seen: tuple[object, ...] = field(default=())

    def run(self) -> CommentResult:
        """Watch; gives what became of the last posting."""
        wait = self.pause or self.stop.wait
        began = last = self.forge.patience.clock()
        due = 0.0
        while not self.stop.is_set():
            now = self.forge.patience.clock()
            if now >= due and self._changed():
                self._try()
                last = now
                due = last + (OFTEN if now - began < _FIRST else SELDOM)
            wait(_LOOK)
        return post(self.forge, self.options, self.warn)

    def _changed(self) -> bool:
        seen = tuple(map(_state, (self.options.file, *self.options.images)))
        changed, self.seen = seen != self.seen and seen[0] is not None, seen
        return changed

    def _try(self) -> None:
        """Post; what goes wrong before the end may go right at the end."""
        try:
            done = post(self.forge, self.options, self.warn)
        except (ForgeError, DataError) as error:
            self.seen = ()
            self.warn(str(error))
        else:
            self.report(done.posted)


def _state(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size
