"""Versions and aliases as annotated git tags in the format of GTO (`gto show` reads them).

`income@v0.2.0` registers a version, `income#prod#3` assigns the stage prod to the version of the commit that
it is on; the number rises with each assignment of the model, so that of two at once one is refused by the
remote. Nothing is ever moved or deleted: rolling back is a new tag. Facts are trailers of the message.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from mlgate.git import REMOTE_TIMEOUT, GitError
from mlgate.registries.registry import Alias, ModelVersion, RegistryError
from mlgate.text.short import short_sha

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mlgate.git import Git
    from mlgate.registries.registry import Facts

_TAGS: Final = "refs/tags/"
_PART: Final = r"[a-zA-Z0-9](?:[a-zA-Z0-9-/_]*[a-zA-Z0-9])?"
NAME: Final = re.compile(_PART)
"""What GTO takes for the name of a model or of a stage."""
_VERSION: Final = re.compile(r"v(\d+)\.(\d+)\.(\d+)(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?")
_TAG: Final = re.compile(
    rf"(?P<model>{_PART})(?:#(?P<stage>{_PART})|@(?P<version>v\d+\.\d+\.\d+[0-9A-Za-z.+-]*))(?P<cancel>!?)"
    r"(?:#(?P<counter>\d+))?"
)
_MADE: Final = re.compile(r"^tagger .*> (\d+) [+-]\d{4}$", re.MULTILINE)
_SIGNATURE: Final = re.compile(r"-----BEGIN (?:SSH|PGP) (?:SIGNATURE|MESSAGE)-----")
_TRAILER: Final = re.compile(r"mlgate-([a-z0-9]+): (\S.*)")
_AGAIN: Final = "somebody else changed the registry meanwhile: look at it, and run this again"


@dataclass(frozen=True, slots=True)
class _Tag:
    """One tag of the model, in GTO's form."""

    ref: str
    oid: str
    commit: str
    made: int
    stage: str | None
    version: str | None
    cancel: bool
    counter: int
    facts: Facts


@dataclass(eq=False)
class GitTags:
    """The tags of one model: the remote's where there is one, and this clone's where `local`.

    Attributes
    ----------
    push
        Whether new tags are pushed. Only the remote can refuse what somebody else did meanwhile.
    sign
        Whether tags are signed, and have to be, by what git is configured to sign and to trust
        (`gpg.format`, `user.signingKey`, `gpg.ssh.allowedSignersFile`).
    """

    git: Git
    name: str
    push: bool = False
    local: bool = True
    sign: bool = False

    def versions(self) -> tuple[ModelVersion, ...]:
        """Return the registered versions that were not taken back."""
        return tuple(version for version, _ in self._registered())

    def aliases(self) -> Mapping[str, Alias]:
        """Return what each stage was last assigned to; a stage that was taken back is left out."""
        latest: dict[str, _Tag] = {}
        for tag in self._tags:
            if tag.stage is not None:
                latest[tag.stage] = tag
        return {s: self._alias(s, tag) for s, tag in latest.items() if not tag.cancel}

    def register(self, commit: str, version: str | None, facts: Facts) -> ModelVersion:
        """Add a version on a commit."""
        name = version or self._next()
        if not _VERSION.fullmatch(name):
            msg = f"{name} is no version that GTO reads"
            raise RegistryError(msg, hint="write it as in semantic versioning: v1.2.3")
        if f"{self.name}@{name}" in {tag.ref for tag in self._tags}:
            msg = f"{self.name} {name} is registered already"
            raise RegistryError(msg, hint="name a greater version, or leave it out")
        title = f"Registering artifact {self.name} version {name}"
        self._write(f"{self.name}@{name}", commit, title, facts)
        return ModelVersion(name, commit, facts.get("sha256"))

    def assign(
        self, alias: str, version: ModelVersion, expected: Alias | None, facts: Facts
    ) -> str:
        """Assign a stage, unless it names another commit by now than `expected`."""
        if not NAME.fullmatch(alias):
            msg = f"{alias!r} is no name of a stage that GTO reads"
            raise RegistryError(msg, hint="letters, digits, -, _ and / between letters or digits")
        self.__dict__.pop("_tags", None)  # as it is now
        now = self.aliases().get(alias)
        if (now and now.commit) != (expected and expected.commit):
            names = "nothing" if now is None else short_sha(now.commit or "")
            raise RegistryError(f"{alias} of {self.name} names {names} by now", hint=_AGAIN)
        counter = max((tag.counter for tag in self._tags), default=0) + 1
        tag = f"{self.name}#{alias}#{counter}"
        title = f"Assigning stage {alias} to artifact {self.name} version {version.name}"
        self._write(tag, version.commit or "", title, facts)
        return tag

    def _alias(self, stage: str, tag: _Tag) -> Alias:
        there = [version for version, _ in self._registered() if version.commit == tag.commit]
        written = tag.facts.get("version")
        named = [version for version in there if version.name == written] or there
        problem = self._signature_problem(tag) if self.sign else None
        return Alias(stage, named[-1] if named else None, tag.commit, problem)

    def _registered(self) -> Iterator[tuple[ModelVersion, _Tag]]:
        gone = {tag.version for tag in self._tags if tag.version and tag.cancel}
        for tag in self._tags:
            if tag.version is not None and not tag.cancel and tag.version not in gone:
                yield ModelVersion(tag.version, tag.commit, tag.facts.get("sha256")), tag

    def _next(self) -> str:
        """Return the next minor version, as GTO does."""
        numbers = [
            tuple(map(int, match.groups()))
            for tag in self._tags
            if tag.version and (match := _VERSION.fullmatch(tag.version))
        ]
        major, minor, _ = max(numbers, default=(0, 0, 0))
        return f"v{major}.{minor + 1}.0"

    def _signature_problem(self, tag: _Tag) -> str | None:
        try:
            self.git.run("verify-tag", tag.oid)
        except GitError as error:
            reason = error.reason.splitlines()[0] if error.reason else error.message
            return f"the signature of {tag.ref} does not hold: {reason}"
        return None

    @cached_property
    def _tags(self) -> tuple[_Tag, ...]:
        """The model's tags, in the order in which they were made."""
        try:
            return tuple(sorted(self._read(), key=lambda tag: (tag.made, tag.counter)))
        except GitError as error:
            msg = f"the tags of {self.name} cannot be read: {error.message}"
            raise RegistryError(msg, hint=error.hint) from error

    def _read(self) -> Iterator[_Tag]:
        refs = self.git.local_refs(_TAGS) if self.local or self.git.remote is None else {}
        remote = self.git.remote_refs(f"{_TAGS}*") if self.git.remote else {}
        refs |= {ref: oid for ref, oid in remote.items() if not ref.endswith("^{}")}
        named = {
            ref.removeprefix(_TAGS): oid
            for ref, oid in refs.items()
            if (match := _TAG.fullmatch(ref.removeprefix(_TAGS))) and match["model"] == self.name
        }
        absent = [name for name, oid in named.items() if not self.git.has(oid)]
        if absent:
            self.git.fetch([f"{_TAGS}{name}" for name in absent])
        for (name, oid), read in zip(named.items(), self.git.read(*named.values()), strict=True):
            match = _TAG.fullmatch(name)
            if match is None or read is None or read.kind != "tag":
                continue  # GTO ignores tags without a message too
            tag = _parsed(name, oid, match, read.content.decode("utf-8", "replace"))
            if tag is not None:
                yield tag

    def _write(self, name: str, commit: str, title: str, facts: Facts) -> None:
        """Make a tag, and push it unless the remote has one of this name."""
        trailers = "\n".join(f"mlgate-{key}: {value}" for key, value in facts.items())
        how = "--sign" if self.sign else "--no-sign"
        try:
            message = f"{title}\n\n{trailers}\n".encode()
            self.git.run(
                "tag",
                "--annotate",
                how,
                "--file=-",
                "--cleanup=verbatim",
                name,
                commit,
                stdin=message,
            )
        except GitError as error:
            raise RegistryError(
                f"the tag {name} cannot be made: {error.message}", hint=_hint(error)
            ) from error
        finally:
            self.__dict__.pop("_tags", None)
        if not self.push or self.git.remote is None:
            return
        ref = f"{_TAGS}{name}"
        options: Sequence[str] = ("--quiet", "--no-verify", f"--force-with-lease={ref}:")
        try:
            self.git.run("push", *options, self.git.remote, f"{ref}:{ref}", timeout=REMOTE_TIMEOUT)
        except GitError as error:
            self.git.attempt("update-ref", "-d", ref)
            there = any(words in error.reason for words in ("stale info", "already exists"))
            raise RegistryError(
                f"the tag {name} cannot be pushed: {error.message}",
                hint=_AGAIN if there else error.hint,
            ) from error


def _parsed(name: str, oid: str, match: re.Match[str], content: str) -> _Tag | None:
    """Read an annotated tag; None for one of something else than a commit."""
    head, _, message = content.partition("\n\n")
    fields = dict(line.split(" ", 1) for line in head.splitlines() if " " in line)
    made = _MADE.search(head)
    if fields.get("type") != "commit" or made is None:
        return None
    text = _SIGNATURE.split(message)[0]
    trailers = filter(None, map(_TRAILER.fullmatch, text.splitlines()))
    facts = {trailer[1]: trailer[2] for trailer in trailers}
    return _Tag(
        name,
        oid,
        fields["object"],
        int(made[1]),
        match["stage"],
        match["version"],
        bool(match["cancel"]),
        int(match["counter"] or 0),
        facts,
    )


def _hint(error: GitError) -> str | None:
    if "identity" in error.reason or "user.email" in error.reason:
        return 'set one: git config user.name "…" and user.email "…"'
    if "sign" in error.reason or "gpg" in error.reason:
        return "set gpg.format, user.signingKey and gpg.ssh.allowedSignersFile, or registry.sign: false"
    return error.hint
