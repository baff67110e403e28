"""Which models a change renames, moves, removes or adds: pure, over two lists of models.

What a model is called and where its mlgate.yaml is are the judging branch's: every run compares
that branch's list with what merging would leave, for all models and not only for its own.

    tree of the judging branch ──► models ──┐
    tree after merging         ──► models ──┴─► changes, and which of them this run judges
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mlgate import config
from mlgate.errors import ConfigError
from mlgate.model.identity import IDENTITY, IdentityChange

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from mlgate.inputs.model_files import ModelFiles
    from mlgate.model.policy import Waiver

_LOOKALIKES: Final = str.maketrans(
    "авеіјкмнорѕтухԁԛԝһӏαβεικνορτυχωϲıłøđ",
    "abeijkmhopstyxdqwhlabeiknoptuxwcilod",
)
"""Letters of other alphabets by the Latin letters that they look like."""
_BLANK: Final = frozenset("\u115f\u1160\u2800\U0001d159")
"""Letters and symbols that show nothing."""
_LATIN: Final = re.compile(r"LATIN (?:SMALL |CAPITAL )?LETTER (?:SMALL CAPITAL )?([A-Z])\b")
_OWN: Final = frozenset({"CJK", "HANGUL SYLLABLE"})
_STROKES: Final = frozenset("一丨丶丿亅乙口囗工卜二八入十")
"""Han characters that look like a letter or a sign."""


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """A model as a tree names it; `name` is None where its file cannot be read."""

    path: str
    name: str | None
    oid: str


@dataclass(frozen=True, slots=True)
class Identity:
    """What a change does to the models, as seen by the run of one of them.

    Attributes
    ----------
    origin
        This run's model on the judging branch; None where that branch does not have it.
    gone
        Whether the change leaves no file of it where this run looks for it.
    changes
        Of all models, this run's first.
    """

    origin: ModelEntry | None
    gone: bool
    changes: tuple[IdentityChange, ...] = ()


def models(
    files: ModelFiles, contents: Mapping[str, bytes], repository: str
) -> tuple[ModelEntry, ...]:
    """Return the models of a tree by their paths; links and submodules are none."""
    return tuple(
        ModelEntry(path, model_name(contents.get(entry.oid), repository, path), entry.oid)
        for path, entry in sorted(files.plain.items())
    )


def model_name(content: bytes | None, repository: str, path: str) -> str | None:
    """Return the name that a configuration gives its model; None where it cannot be read."""
    try:
        return config.written_name((content or b"").decode("utf-8")) or default_name(
            repository, path
        )
    except (ConfigError, UnicodeDecodeError):
        return None


def default_name(repository: str, path: str) -> str:
    """Return the repository's name, followed by the folder unless that is the top.

    >>> default_name("acme", "models/churn/mlgate.yaml")
    'acme/models/churn'
    """
    folder = path.rpartition("/")[0]
    return f"{repository}/{folder}" if folder else repository


def _skeleton(name: str) -> str:
    """Return a name's visible characters in lower case; Latin letters without their marks."""
    plain = unicodedata.normalize("NFKD", name.casefold()).casefold().translate(_LOOKALIKES)
    seen = (c for c in plain if unicodedata.category(c)[0] not in "CMZ" and c not in _BLANK)
    return "".join(map(_base, seen))


def _base(character: str) -> str:
    if character.isascii():
        return character
    latin = _LATIN.match(unicodedata.name(character, ""))
    return latin[1].lower() if latin else character


def _match(skeleton: str, other: str) -> bool:
    if len(skeleton) != len(other):
        return False
    return all(a == b or _confusable(a, b) for a, b in zip(skeleton, other, strict=True))


def _confusable(a: str, b: str) -> bool:
    """Whether two different characters are of two alphabets; Han and Hangul look like no other."""
    first, second = _alphabet(a), _alphabet(b)
    return first != second and not {first, second} & _OWN


def _alphabet(character: str) -> str:
    if character.isascii():
        return "ASCII"
    name = "" if character in _STROKES else unicodedata.name(character, "")
    return "HANGUL SYLLABLE" if name.startswith("HANGUL SYLLABLE") else name.partition(" ")[0]


def compare(
    file: str, judging: Sequence[ModelEntry], merged: Sequence[ModelEntry], files: ModelFiles
) -> Identity:
    """Compare the judging branch's models with those that merging leaves.

    Parameters
    ----------
    file
        The configuration of this run, below the repository's top.
    files
        What merging leaves, with links and submodules.
    """
    here = {model.path: model for model in merged}
    added = _added(judging, merged)
    changes = [change for model in judging for change in _changes(model, here, added, files)]
    moves = {change.path: change.new_path for change in changes if change.kind == "moved"}
    there = {moves.get(model.path) or model.path: model for model in judging}
    there |= {model.path: model for model in judging}
    origin = there.get(file)
    changes += _duplicates(judging, merged, moves)
    changes.sort(key=lambda change: file not in (change.path, change.new_path))
    return Identity(origin, origin is not None and file not in here, tuple(changes))


def _added(judging: Sequence[ModelEntry], merged: Sequence[ModelEntry]) -> list[ModelEntry]:
    paths = {model.path for model in judging}
    return [model for model in merged if model.path not in paths and model.name is not None]


def _changes(
    model: ModelEntry,
    here: Mapping[str, ModelEntry],
    added: Sequence[ModelEntry],
    files: ModelFiles,
) -> Iterator[IdentityChange]:
    """Return what becomes of one model of the judging branch; nothing where it stays."""
    if model.name is None:
        return
    same = {"name": model.name, "path": _text(model.path)}
    there = here.get(model.path)
    if there is not None:
        if there.name is None:
            yield IdentityChange(kind="unreadable", **same)
        elif there.name != model.name:
            yield IdentityChange(kind="renamed", new_name=there.name, **same)
        return
    link = files.obstacle(model.path)
    target = next((other for other in added if _is_moved(model, other)), None)
    if link is not None:
        yield IdentityChange(kind="linked", detail=_text(link), **same)
    elif target is not None:
        yield IdentityChange(
            kind="moved", new_path=_text(target.path), new_name=target.name, **same
        )
    else:
        yield IdentityChange(kind="removed", **same)


def _is_moved(model: ModelEntry, other: ModelEntry) -> bool:
    """Whether a model of another place is this one: by its name, or by all of its file."""
    return model.name == other.name or model.oid == other.oid


def _duplicates(
    judging: Sequence[ModelEntry],
    merged: Sequence[ModelEntry],
    moves: Mapping[str, str | None],
) -> Iterator[IdentityChange]:
    """Return the models whose name is another one's, on either side.

    A name that the judging branch gives to another model cannot be taken over either: its
    baselines and its status would be.
    """
    groups = _groups(model.name for model in (*judging, *merged) if model.name is not None)
    before, after = _holders(judging, moves, groups), _holders(merged, {}, groups)
    for key, holders in after.items():
        first, *others = holders
        earlier = before.get(key, {})
        taken = [path for path in earlier if path not in holders] if first not in earlier else []
        for path in (*others, *taken):
            yield IdentityChange(
                kind="duplicate", name=holders[first], path=_text(first), new_path=_text(path)
            )


def _groups(names: Iterable[str]) -> dict[str, str]:
    r"""Return for each name what it has in common with those that cannot be told from it.

    These differ by case, blanks, accents or letters that look alike. Which letters of two alphabets
    do is not for a list to know in full: where names are of one length, a letter of another
    alphabet may be any letter.

    >>> groups = _groups(["Toy", "t\N{CYRILLIC SMALL LETTER O}y\N{ZERO WIDTH SPACE}", "top"])
    >>> [name for name, group in groups.items() if group == "toy"] == [*groups][:2]
    True
    """
    skeletons = {name: _skeleton(name) for name in names}
    keys: dict[int, list[str]] = {}
    groups: dict[str, str] = {}
    for skeleton in sorted(set(skeletons.values()), key=lambda text: (not text.isascii(), text)):
        others = keys.setdefault(len(skeleton), [])
        like = () if skeleton.isascii() else (key for key in others if _match(skeleton, key))
        key = next(iter(like), skeleton)
        groups[skeleton] = groups.get(key, key)
        others.append(skeleton)
    return {name: groups[skeleton] for name, skeleton in skeletons.items()}


def _holders(
    entries: Iterable[ModelEntry], moves: Mapping[str, str | None], groups: Mapping[str, str]
) -> dict[str, dict[str, str]]:
    """Return names by their paths, for each group of names that cannot be told apart."""
    holders: dict[str, dict[str, str]] = {}
    for model in entries:
        if model.name is not None:
            path = moves.get(model.path) or model.path
            holders.setdefault(groups[model.name], {})[path] = model.name
    return holders


def waivers_of(waivers: Iterable[Waiver]) -> tuple[Waiver, ...]:
    """Return those of the gate `identity`."""
    return tuple(waiver for waiver in waivers if waiver.gate == IDENTITY)


def _text(path: str) -> str:
    """Return a path as text, whatever bytes it has."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
