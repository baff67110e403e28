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


@dataclass(frozen=True, slots=True)
class _OddTag:
    """A tag that GTO may read as another one than its ref says; `stage` is the one in doubt."""

    stage: str
    problem: str


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
        """Return what each stage was last assigned to, and each one that is in doubt.

        As GTO has it, a stage is taken back from one commit, and what it was assigned to before that
        holds again; a stage that is left with none is left out.
        """
        stages = [tag.stage for tag in self._tags if tag.stage] + [odd.stage for odd in self._odd]
        aliases = (self._alias(stage) for stage in dict.fromkeys(stages))
        return {alias.name: alias for alias in aliases if alias is not None}

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
        self._forget()  # as it is now
        now = self.aliases().get(alias)
        if (now and now.commit) != (expected and expected.commit):
            names = "nothing" if now is None else short_sha(now.commit or "")
            raise RegistryError(f"{alias} of {self.name} names {names} by now", hint=_AGAIN)
        counter = max((tag.counter for tag in self._tags), default=0) + 1
        tag = f"{self.name}#{alias}#{counter}"
        title = f"Assigning stage {alias} to artifact {self.name} version {version.name}"
        self._write(tag, version.commit or "", title, facts)
        return tag

    def _alias(self, stage: str) -> Alias | None:
        tags = [tag for tag in self._tags if tag.stage == stage]
        holding: dict[str, _Tag] = {}
        for tag in tags:
            holding.pop(tag.commit, None)
            if not tag.cancel:
                holding[tag.commit] = tag
        latest = next(reversed(holding.values()), None)
        problem = self._doubt(stage, tags, tuple(holding.values()))
        if latest is None:
            return None if problem is None else Alias(stage, None, None, problem)
        return self._named(stage, latest, problem)

    def _doubt(self, stage: str, tags: Sequence[_Tag], holding: Sequence[_Tag]) -> str | None:
        """Return why GTO may name another version, or why whoever signs did not say so."""
        odd = next((odd.problem for odd in self._odd if odd.stage == stage), None)
        if odd is not None:
            return odd
        deciding = [tag for tag in tags if self.sign and (tag.cancel or tag in holding[-1:])]
        unsigned = next(filter(None, map(self._signature_problem, deciding)), None)
        if unsigned is not None:
            return unsigned
        twins = next(_twins(tags, holding), None)
        if twins is not None:
            names = " and ".join(tag.ref for tag in twins)
            return f"{names} are of one second, so that GTO may name another: set it again, or delete one"
        versions = {version.commit for version, _ in self._registered()}
        unheeded = next((tag for tag in tags if tag.cancel and tag.commit not in versions), None)
        if unheeded is not None:
            return f"{unheeded.ref} is on a commit without a version, which GTO ignores: delete it"
        return None

    def _named(self, stage: str, tag: _Tag, problem: str | None) -> Alias:
        there = [version for version, _ in self._registered() if version.commit == tag.commit]
        written = tag.facts.get("version")
        named = [version for version in there if version.name == written] or there
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

    @property
    def _tags(self) -> tuple[_Tag, ...]:
        """The model's tags, in the order in which they were made."""
        plain = (tag for tag in self._all if isinstance(tag, _Tag))
        return tuple(sorted(plain, key=lambda tag: (tag.made, tag.counter)))

    @property
    def _odd(self) -> tuple[_OddTag, ...]:
        """The tags that GTO may read otherwise."""
        return tuple(tag for tag in self._all if isinstance(tag, _OddTag))

    def _forget(self) -> None:
        """Read the tags again."""
        self.__dict__.pop("_all", None)

    @cached_property
    def _all(self) -> tuple[_Tag | _OddTag, ...]:
        try:
            return tuple(self._read())
        except GitError as error:
            msg = f"the tags of {self.name} cannot be read: {error.message}"
            raise RegistryError(msg, hint=error.hint) from error

    def _read(self) -> Iterator[_Tag | _OddTag]:
        refs = self.git.local_refs(_TAGS) if self.local or self.git.remote is None else {}
        remote = self.git.remote_refs(f"{_TAGS}*") if self.git.remote else {}
        refs |= {ref: oid for ref, oid in remote.items() if not ref.endswith("^{}")}
        named = {
            ref.removeprefix(_TAGS): oid
            for ref, oid in refs.items()
            if _TAG.fullmatch(ref.removeprefix(_TAGS))
        }
        absent = [name for name, oid in named.items() if not self.git.has(oid)]
        if absent:
            self.git.fetch([f"{_TAGS}{name}" for name in absent])
        for (name, oid), read in zip(named.items(), self.git.read(*named.values()), strict=True):
            if read is None or read.kind != "tag":
                continue  # GTO ignores tags without a message too
            yield from self._parsed(name, oid, read.content.decode("utf-8", "replace"))

    def _parsed(self, name: str, oid: str, content: str) -> Iterator[_Tag | _OddTag]:
        """Read an annotated tag, whose name GTO takes from its inside; none of another model."""
        head, _, message = content.partition("\n\n")
        fields = dict(line.split(" ", 1) for line in head.splitlines() if " " in line)
        made, inner = _MADE.search(head), fields.get("tag", "")
        ours = [
            match
            for each in dict.fromkeys((name, inner))
            if (match := _TAG.fullmatch(each)) and match["model"] == self.name
        ]
        if inner != name or fields.get("type") != "commit" or made is None:
            what = f"is called {inner} inside" if inner != name else "is no dated tag of a commit"
            problem = f"{name} {what}, so that GTO may read it as another: delete it"
            yield from (_OddTag(match["stage"], problem) for match in ours if match["stage"])
            return
        for match in ours:
            yield _tag(name, oid, match, fields["object"], int(made[1]), message)

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
            self._forget()
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


def _tag(name: str, oid: str, match: re.Match[str], commit: str, made: int, message: str) -> _Tag:
    text = _SIGNATURE.split(message)[0]
    trailers = filter(None, map(_TRAILER.fullmatch, text.splitlines()))
    facts = {trailer[1]: trailer[2] for trailer in trailers}
    return _Tag(
        name,
        oid,
        commit,
        made,
        match["stage"],
        match["version"],
        bool(match["cancel"]),
        int(match["counter"] or 0),
        facts,
    )


def _twins(tags: Sequence[_Tag], holding: Sequence[_Tag]) -> Iterator[tuple[_Tag, _Tag]]:
    """Yield tags of one second whose order matters: GTO, which knows no counter, may have another."""
    for tag in tags:
        for other in tags:
            if tag.made == other.made and tag.commit == other.commit and tag.cancel < other.cancel:
                yield tag, other
    latest = holding[-1:]
    yield from (
        (tag, other)
        for other in latest
        for tag in holding
        if tag.made == other.made and tag.commit != other.commit
    )


def _hint(error: GitError) -> str | None:
    if "identity" in error.reason or "user.email" in error.reason:
        return 'set one: git config user.name "…" and user.email "…"'
    if "sign" in error.reason or "gpg" in error.reason:
        return "set gpg.format, user.signingKey and gpg.ssh.allowedSignersFile, or registry.sign: false"
    return error.hint
