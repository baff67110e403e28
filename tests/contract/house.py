"""Measures the house: `python tests/contract/house.py` prints the table; test_house.py holds it.

How it counts, file by file of `src/mlgate` and by syntax tree unless it says otherwise:

names
    Names that are bound and are one of `VAGUE`: assignments, annotated fields, loop and
    comprehension targets, `with … as`, `:=`, parameters (also of lambdas), `except … as`, patterns,
    `import … as`, and attributes that are assigned (`self.found = …`). Each binding counts.
classes
    Names of classes, private and nested ones included, that more than one `class` has.
docstrings
    Docstrings of modules, classes and functions whose first word is one of `LIMP`.
github
    Modules outside `FORGE_ROOMS` whose text holds `GITHUB_`.
lines
    Lines of all Python files, blank ones and comments included.
modules, rooms, upward
    `sys.setprofile` over one run in this process, after one that imported everything. Modules: in
    which a function is entered; module and class bodies do not count, nor what `dataclass`
    generates. `LEAVES`, which anything may use, are left out of `inner`. Rooms: what a reader has to
    know of to follow the way; modules of a room are its own business. Upward: distinct pairs
    (function, function) in which a function of one room calls one of a room higher in `LAYOUT`,
    unless it is declared where the caller may import it: a method of a Protocol, or a field of a
    record that holds functions. Such a call follows an arrow that points down (the check's `Inputs`,
    a `CheckPage`); any other is a way up that no import shows. Calls through libraries count for the
    nearest caller of ours. Measured from the first call that is handed the path of the table of
    predictions, after run.json is written, until evidence/compare.json is there (frozen scene
    `toy`: one baseline, seven metrics, gates); and from opening a fork's zip file of the bundle
    until its comment stands on the pull request.
"""

from __future__ import annotations

import ast
import contextlib
import re
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

ROOT: Final = Path(__file__).parents[2]
SOURCE: Final = ROOT / "src" / "mlgate"
VAGUE: Final = frozenset({"one", "found", "told", "known", "said", "wanted", "asked"})
LIMP: Final = frozenset({"Give", "Tell", "Say", "Let"})
FORGE_ROOMS: Final = ("ci", "forges", "demo")

Layout = tuple[tuple[str, ...], ...]
"""Rooms from the highest to the lowest; rooms of one floor do not import one another."""
TODAY: Final[Layout] = (
    ("__main__", "cli", "api", "pytest_plugin"),
    ("demo",),
    ("pipeline",),
    ("training", "inputs", "checks", "stores", "registries", "rollout", "serving", "forges", "ci"),
    ("site",),
    ("lineage",),
    ("config", "gates", "report"),
    ("metrics", "readers"),
    ("stats",),
    ("run_dir",),
    ("git", "files"),
    ("git_settings", "environment_block", "installation"),
    ("model",),
    ("progress",),
    ("text",),
    ("outgoing",),
    ("redaction",),
    ("credentials",),
    ("errors",),
)
TOMORROW: Final[Layout] = (
    ("__main__", "cli", "demo"),
    ("pipeline",),
    ("checks", "rollout", "monitor", "stores", "registries", "forges", "ci", "training", "inputs",
     "lineage"),
    ("config", "gates", "report"),
    ("metrics",),
    ("stats",),
    ("text",),
    ("model",),
    ("errors",),
)  # fmt: skip
LAYOUT: Final = TODAY
LEAVES: Final = frozenset(
    {
        "metrics",
        "stats",
        "text",
        "model",
        "errors",
        "progress",
        "files",
        "git",
        "outgoing",
        "redaction",
        "credentials",
    }
)
"""Rooms that anything may use: a call of theirs is no further floor."""
PLAYED: Final = ("mlgate.demo",)
"""The GitHub that is played on this machine is no part of the way to it."""


# --- what stands in the files


@cache
def trees() -> dict[Path, ast.Module]:
    return {path: ast.parse(path.read_bytes()) for path in sorted(SOURCE.rglob("*.py"))}


def nodes() -> Iterator[ast.AST]:
    for tree in trees().values():
        yield from ast.walk(tree)


def bound(node: ast.AST) -> tuple[str, ...]:
    """The names that a node binds."""
    match node:
        case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
            return (name,)
        case ast.Attribute(attr=name, ctx=ast.Store()):
            return (name,)
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)):
            return (name,)
        case ast.MatchStar(name=str(name)) | ast.alias(asname=str(name)):
            return (name,)
    return ()


def vague_names() -> int:
    return sum(name in VAGUE for node in nodes() for name in bound(node))


def classes() -> Counter[str]:
    return Counter(node.name for node in nodes() if isinstance(node, ast.ClassDef))


def names_of_several_classes() -> list[str]:
    return sorted(name for name, count in classes().items() if count > 1)


def docstrings() -> list[str]:
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return [
        text for node in nodes() if isinstance(node, kinds) and (text := ast.get_docstring(node))
    ]


def limp_docstrings() -> int:
    return sum(re.match(r"\w*", text)[0] in LIMP for text in docstrings())  # type: ignore[index]


def modules_that_name_github() -> list[str]:
    return [
        path.relative_to(SOURCE).as_posix()
        for path in trees()
        if path.relative_to(SOURCE).parts[0] not in FORGE_ROOMS
        and "GITHUB_" in path.read_text(encoding="utf-8")
    ]


def lines() -> int:
    return sum(len(path.read_bytes().splitlines()) for path in trees())


def rooms() -> set[str]:
    """The rooms that there are."""
    return {
        path.stem
        for path in SOURCE.iterdir()
        if (path.suffix == ".py" or (path / "__init__.py").is_file()) and path.stem != "__init__"
    }


def room(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


@cache
def floor(module: str) -> int:
    """How high a module's room is; the package itself has no floor."""
    for height, names in enumerate(reversed(LAYOUT)):
        if room(module) in names:
            return height
    return -1


# --- what happens in a run

Call = tuple[str, str]
"""Module and function."""


@dataclass
class Way:
    """The calls from one event to another."""

    calls: Counter[tuple[Call, Call]] = field(default_factory=Counter)
    entered: list[str] = field(default_factory=list)
    begun: bool = False
    over: bool = False

    @property
    def modules(self) -> list[str]:
        return sorted(set(self.entered))

    @property
    def inner(self) -> list[str]:
        return [name for name in self.modules if room(name) not in LEAVES]

    @property
    def rooms(self) -> list[str]:
        return sorted({room(name) for name in self.modules if room(name)})

    @property
    def upward(self) -> list[tuple[Call, Call]]:
        return sorted(
            (caller, callee)
            for caller, callee in self.calls
            if 0 <= floor(caller[0]) < floor(callee[0]) and not _declared(caller[0], callee[1])
        )

    def enter(self, frame: FrameType) -> None:
        caller, callee = _caller(frame), (_module(frame), frame.f_code.co_qualname)
        self.entered.append(callee[0])
        if caller is not None:
            self.calls[(_module(caller), caller.f_code.co_qualname), callee] += 1


@cache
def declared() -> dict[str, int]:
    """The lowest floor on which each name is declared: by a Protocol, or as a field for a function."""
    floors: dict[str, int] = {}
    for path, tree in trees().items():
        module = ".".join(("mlgate", *path.relative_to(SOURCE).with_suffix("").parts))
        for node in ast.walk(tree):
            for name in _hooks(node) if isinstance(node, ast.ClassDef) else ():
                floors[name] = min(floor(module), floors.get(name, floor(module)))
    return floors


def _hooks(node: ast.ClassDef) -> Iterator[str]:
    is_protocol = any(ast.unparse(base).startswith("Protocol") for base in node.bases)
    for item in node.body:
        if is_protocol and isinstance(item, ast.FunctionDef):
            yield item.name
        elif isinstance(item, ast.AnnAssign) and "Callable[" in ast.unparse(item.annotation):
            yield ast.unparse(item.target)


def _declared(caller: str, function: str) -> bool:
    """Whether a module may import the declaration of what it calls."""
    return declared().get(function.rpartition(".")[2], sys.maxsize) <= floor(caller)


def _module(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", ""))


def _ours(frame: FrameType) -> bool:
    name = _module(frame)
    written = not frame.f_code.co_filename.startswith("<")
    return written and name.split(".")[0] == "mlgate" and not name.startswith(PLAYED)


def _caller(frame: FrameType) -> FrameType | None:
    back = frame.f_back
    while back is not None and not _ours(back):
        back = back.f_back
    return back


@contextlib.contextmanager
def watched(begins: Callable[[FrameType], bool], ends: Callable[[], bool]) -> Iterator[Way]:
    """Record our functions' calls from the call that `begins` until `ends` is true."""
    way = Way()

    def profile(frame: FrameType, event: str, argument: object) -> None:
        if event != "call" or way.over or not frame.f_code.co_flags & 1:  # 1: a function
            return
        if not way.begun:
            way.begun = begins(frame)
            if way.begun and not _ours(frame):
                caller = _caller(frame)
                assert caller is not None
                way.enter(caller)
        elif ends():
            way.over = True
        if way.begun and not way.over and _ours(frame):
            way.enter(frame)

    sys.setprofile(profile)
    try:
        yield way
    finally:
        sys.setprofile(None)
    if not (way.begun and way.over):
        raise RuntimeError(f"the way was not seen: begun {way.begun}, over {way.over}")


def evidence_of_predictions() -> Way:
    """From the table of predictions to its evidence."""
    from tests.contract.frozen import calling
    from tests.contract.frozen.scenes import SCENES

    with tempfile.TemporaryDirectory() as made:
        run_dir = calling.play(Path(made) / "repo", SCENES["toy"])
        evidence, run = run_dir / "evidence" / "compare.json", run_dir / "run.json"
        arguments = (run_dir.parent, "run", "--no-train")
        calling.mlgate(*arguments)
        run.unlink()
        evidence.unlink()

        def begins(frame: FrameType) -> bool:
            return _ours(frame) and _is_handed(frame, "p.csv") and run.is_file()

        with watched(begins, evidence.is_file) as way:
            calling.mlgate(*arguments)
    return way


def _is_handed(frame: FrameType, name: str) -> bool:
    values = [
        frame.f_locals.get(one) for one in frame.f_code.co_varnames[: frame.f_code.co_argcount]
    ]
    return any(isinstance(value, str | Path) and Path(value).name == name for value in values)


def bundle_to_report() -> Way:
    """From a fork's bundle to its comment."""
    from tests.contract.frozen import calling, cases
    from tests.contract.frozen.scenes import SCENES

    bundle = (cases.HERE / "bundles" / "toy.zip").read_bytes()
    ways: list[Way] = []

    @contextlib.contextmanager
    def watch(stands: Callable[[], bool]) -> Iterator[None]:
        with watched(_opens_zip, stands) as way:
            yield
        ways.append(way)

    for watching in (None, watch):
        with tempfile.TemporaryDirectory() as made:
            calling.publish(Path(made), bundle, SCENES["toy"].config, watching)
    return ways[0]


def _opens_zip(frame: FrameType) -> bool:
    return (
        _module(frame) == "zipfile" and frame.f_code.co_name == "__init__" and bool(_caller(frame))
    )


# --- the table


def figures() -> dict[str, int]:
    """Every figure that has a ceiling, by the name that test_house.py has for it."""
    evidence, posted = evidence_of_predictions(), bundle_to_report()
    return {
        "vague names": vague_names(),
        "class names used twice": len(names_of_several_classes()),
        "limp docstrings": limp_docstrings(),
        "modules that name GITHUB_": len(modules_that_name_github()),
        "lines": lines(),
        "rooms from predictions to evidence": len(evidence.rooms),
        "modules from predictions to evidence": len(evidence.modules),
        "inner modules from predictions to evidence": len(evidence.inner),
        "upward calls from predictions to evidence": len(evidence.upward),
        "rooms from bundle to report": len(posted.rooms),
        "modules from bundle to report": len(posted.modules),
        "inner modules from bundle to report": len(posted.inner),
        "upward calls from bundle to report": len(posted.upward),
    }


def main() -> None:
    from tests.contract.test_house import CEILINGS

    measured = figures()
    width = max(map(len, measured))
    print(f"{'what':<{width}}  {'now':>7}  {'ceiling':>7}")
    for name, figure in measured.items():
        print(f"{name:<{width}}  {figure:>7,}  {CEILINGS[name]:>7,}")
    share = limp_docstrings() / len(docstrings())
    print(f"\n{len(classes())} class names; {len(docstrings()):,} docstrings, {share:.1%} limp")
    if "-v" in sys.argv[1:]:
        details()


def details() -> None:
    """What the figures consist of."""
    print("\nclass names used twice:", ", ".join(names_of_several_classes()))
    print("\nmodules that name GITHUB_:", ", ".join(modules_that_name_github()))
    for way in (evidence_of_predictions(), bundle_to_report()):
        print("\nrooms:", ", ".join(way.rooms))
        print("inner modules:", ", ".join(way.inner))
        for caller, callee in way.upward:
            print(f"  upward: {'.'.join(caller)} → {'.'.join(callee)}")


if __name__ == "__main__":
    sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "github" / "support")]
    main()
