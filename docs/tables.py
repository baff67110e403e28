"""Write docs/actions.md, the tables of the README and of docs/security.md, and the workflows that pages show.

`python docs/tables.py`; a test holds the pages to the files. A page shows a whole file below a
line such as `<!-- workflows/merge-queue.yml -->`.
"""

from __future__ import annotations

import inspect
import itertools
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "actions.md"
README = ROOT / "README.md"
SECURITY = ROOT / "docs" / "security.md"
SECRETS = ROOT / "docs" / "secrets.md"
CHOOSING = ROOT / "docs" / "choosing.md"
ORDER = (
    "setup", "train", "check", "gate", "report", "publish", "bundle", "comment", "baseline", "verify",
    "alias",
)  # fmt: skip
REUSABLE = ("model-ci", "model-publish", "model-deploy-gate")
NEEDS = {
    "run": "those of the table above",
    "check": "`contents: read`",
    "gate": "`contents: read`",
    "publish": "`contents: read`, and of the table above those for what is to be posted",
    "comment": "`pull-requests: write`; with images `contents: write`",
    "baseline": "`contents: write`; `statuses: write`, so that a baseline that is lost is missed",
    "verify": "`contents: read`; with an environment `deployments: write`; with an attestation"
    " `attestations: read`",
    "alias": "`contents: write` for git tags; `contents: read` for MLflow",
}
"""What the token must be allowed; those that are not here need nothing but the code."""
HEAD = """\
# The actions, one by one

Most repositories need one of them: `mlgate/mlgate@v0`, as in
[workflows/pull-request.yml](../workflows/pull-request.yml). The others run one command each, for
workflows that train on one machine and judge on another, judge several models, or post reports of
their own. [workflows/](../workflows/) has a file to copy for each of these, explained on its lines.

- Each installs what it needs by hash into an environment of its own: about {light} for steps that
  only judge and post, once a job. Your Python, PATH and environment variables stay as they are.
- It needs CPython 3.11 to 3.14 on the runner: the first that suits of `python3`, `python`, the
  runner's tool cache and `/usr/bin/python3`; `MLGATE_PYTHON` names another. The training runs in
  your environment, whatever its Python.
- Packages come from the index that pip is configured with. On a machine without network
  `MLGATE_WHEELHOUSE` names a folder of wheels, made with
  `pip download -d wheelhouse -r requirements/run.txt -r requirements/uv.txt` in a checkout of
  mlgate ([self-hosted.md](self-hosted.md)). `MLGATE_HOME` keeps the environment between jobs, on machines whose jobs all trust one
  another.
- Booleans are `true` or `false`; anything else is an error. Lists are one value a line.

## Permissions

As [workflows/pull-request.yml](../workflows/pull-request.yml) grants them:

{permissions}

What the token may not do is left out, said once in the log, and does not change the exit code.
"""
WORKFLOWS = """\
## The reusable workflows

Whole jobs, called by `jobs.NAME.uses: mlgate/mlgate/.github/workflows/FILE@v0`. The caller grants
what their jobs ask for: GitHub does not start one that asks for more. The last job of each fails
when any other failed, was cancelled or was skipped; in branch protection its name follows that of
the calling job: `NAME / mlgate`.
"""


def read(path: Path) -> Any:
    """Read YAML."""
    return YAML(typ="safe").load(path)


def actions() -> dict[str, tuple[str, Path]]:
    """Give the actions in the order of use: name → what `uses:` says, and the file."""
    found = {"run": ("mlgate/mlgate@v0", ROOT / "action.yml")}
    for name in ORDER:
        path = ROOT / "actions" / name / "action.yml"
        if path.exists():
            found[name] = (f"mlgate/mlgate/actions/{name}@v0", path)
    return found


def page() -> str:
    """Give docs/actions.md."""
    parts = [HEAD.format(light="5 seconds", permissions=permissions())]
    for name, (uses, path) in actions().items():
        found = read(path)
        parts += [f"## {uses}\n", f"{found['description']}\n"]
        if name in NEEDS:
            parts.append(f"Permissions: {NEEDS[name]}.\n")
        parts += [inputs(found), outputs(found)]
    parts.append(WORKFLOWS)
    for name in REUSABLE:
        path = ROOT / ".github" / "workflows" / f"{name}.yml"
        called = read(path)["on"]["workflow_call"]
        text = path.read_text(encoding="utf-8")
        parts += [f"### {name}.yml\n", f"{_begin(text)}\n", granted(text)]
        parts += [inputs(called), outputs(called)]
    return "\n".join(parts)


def _begin(text: str) -> str:
    """Give the sentences of the comment at the top of a workflow, without its example."""
    lines = itertools.takewhile(lambda line: line.startswith("# "), text.splitlines())
    said = "\n".join(line.removeprefix("# ") for line in lines)
    return said[: max(said.rfind("."), said.rfind("?")) + 1]


def inputs(found: Any) -> str:
    """Give the table of the inputs of an action or a reusable workflow."""
    rows = [
        (f"`{name}`", one["description"], _default(one)) for name, one in found["inputs"].items()
    ]
    return table(("input", "", "default"), rows)


def outputs(found: Any) -> str:
    """Give the table of the outputs of an action or a reusable workflow."""
    rows = [(f"`{name}`", one["description"]) for name, one in found["outputs"].items()]
    return table(("output", ""), rows)


def permissions() -> str:
    """Give the table of permissions, in the words of the workflow's own comments."""
    text = (ROOT / "workflows" / "pull-request.yml").read_text(encoding="utf-8")
    return granted(text).rstrip()


def granted(text: str) -> str:
    """Give the table of permissions that a workflow grants."""
    found = re.findall(r"(\w[\w-]*: (?:read|write))\}?[ \t]+# (.+)", text)
    rows = [(f"`{name}`", what) for name, what in dict.fromkeys(found)]
    return table(("permission", "for"), rows)


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """Give a Markdown table."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join([*lines, *("| " + " | ".join(map(_cell, row)) + " |" for row in rows)]) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _default(one: dict[str, Any]) -> str:
    if one.get("required"):
        return "required"
    default = str(one["default"]).lower() if one.get("type") == "boolean" else one["default"]
    return f"`{default}`" if default else ""


def readme() -> str:
    """Give the README with its tables anew."""
    text = README.read_text(encoding="utf-8")
    found = read(ROOT / "action.yml")
    made = {"inputs": inputs(found), "outputs": outputs(found), "permissions": permissions() + "\n"}
    for name, rows in made.items():
        text = filled(text, name, rows)
    return text


def filled(text: str, name: str, content: str) -> str:
    """Return a page with what stands between `<!-- name -->` and `<!-- /name -->` replaced."""
    start, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
    before, _, rest = text.partition(start)
    return before + start + content + end + rest.partition(end)[2]


def security() -> str:
    """Return docs/security.md with the table of tricks that the tests play."""
    return filled(SECURITY.read_text(encoding="utf-8"), "tricks", tricks())


def tricks() -> str:
    """Return a list of tricks for each kind, with the level from which each is stopped."""
    sys.path.insert(0, str(ROOT))
    from tests.redteam import rollouts
    from tests.redteam import table as redteam
    from tests.redteam.trick import ACCIDENT, ENFORCED, EVERYWHERE, INTENT, OUTSIDE

    parts = [_counts()]
    levels = {ACCIDENT: "required job", INTENT: "visible edits", ENFORCED: "enforced", OUTSIDE: "–"}
    for kind in redteam.KINDS:
        rows = [row for row in redteam.ROWS if row.kind == kind]
        modes = [mode for mode in EVERYWHERE if any(mode in row.modes for row in rows)]
        module = inspect.getmodule(rows[0].change)
        parts.append(f"### {(inspect.getdoc(module) or '').splitlines()[0]}\n")
        lines = [
            (
                " ".join(row.does.split()),
                levels[row.levels],
                *(_stopped(row, mode) for mode in modes),
            )
            for row in rows
        ]
        parts.append(table(("what the branch does", "from", *modes), lines))
    parts.append(f"### {(inspect.getdoc(rollouts) or '').splitlines()[0]}\n")
    stopped = [(" ".join(row.does.split()), "stopped") for row in rollouts.ROWS]
    parts.append(table(("what is done before a tick", "outcome"), stopped))
    return "\n".join(parts)


def _counts() -> str:
    """Return how many tricks are tried and work, by mode and level, and what is searched for secrets."""
    from tests.redteam.secrets_of_the_job import ALL
    from tests.redteam.table import ROWS, TRICKS
    from tests.redteam.trick import EVERYWHERE, Level

    def cell(level: Any, mode: Any) -> str:
        tried = [row for row in TRICKS if level in row.levels and mode in row.modes]
        return f"{len(tried)} / {sum(mode in row.found for row in tried)}"

    lines = [
        (level.replace("-", " "), *(cell(level, mode) for mode in EVERYWHERE)) for level in Level
    ]
    plays = sum(len(row.modes) for row in ROWS)
    searched = (
        f"Tricks tried / tricks that work, of {len(TRICKS)} that the claim is about. {plays} plays of "
        f"{len(ROWS)} rows are searched for {len(set(ALL.values()))} secrets, spelled in {len(ALL)} ways in all, "
        "and one that holds any of them fails.\n"
    )
    return f"{searched}\n{table(('level', *EVERYWHERE), lines)}"


def _stopped(row: Any, mode: Any) -> str:
    if mode not in row.modes:
        return ""
    from tests.redteam.trick import Expected

    outcomes = {
        Expected.RED: "blocked", Expected.FAIL: "fail", Expected.ERROR: "error",
        Expected.GREEN: "green", Expected.ANY: "no secret",
    }  # fmt: skip
    return f"**works**: {row.found[mode]}" if mode in row.found else outcomes[row.expected]


def secrets() -> str:
    """Return docs/secrets.md with what the tests search for secrets."""
    return filled(SECRETS.read_text(encoding="utf-8"), "searched", searched())


def searched() -> str:
    """Return how many commands, ways out, secrets and spellings the tests try, and which."""
    sys.path.insert(0, str(ROOT))
    from tests.redteam import ways_out
    from tests.redteam.secrets_of_the_job import SPELLINGS, spellings

    commands = [*ways_out.ON_MAIN, *ways_out.COMMANDS, *ways_out.FAILING]
    jobs = [ways_out.generated(number) for number in ways_out.JOBS]
    values = [value for job in jobs for value in ways_out.held(job)]
    written = len(list(spellings(values[0])))
    names = dict.fromkeys(command for command, *_ in commands)
    cells = len(values) * len(ways_out.WAYS_OUT) * written
    variables = (
        f"new ones for each of {len(jobs)} jobs: {_listed(f'`{name}`' for name in jobs[0])}; of an "
        "address its password counts by itself as well, of several lines each"
    )
    rows = [
        ("secrets", len(values), variables),
        ("ways out", len(ways_out.WAYS_OUT), _listed(ways_out.WAYS_OUT)),
        ("spellings", written, "; ".join(SPELLINGS)),
        (
            "commands",
            len(commands),
            f"{_listed(f'`{name}`' for name in names)}; several of them in more than one way",
        ),
    ]
    lines = [(what, f"{count:,}", text) for what, count, text in rows]
    text = (
        f"{len(values)} secrets × {len(ways_out.WAYS_OUT)} ways out × {written} spellings: **{cells:,} searched for, "
        f"0 found**, after each of {len(commands)} commands.\n"
    )
    return f"{text}\n{table(('', 'number', 'which'), lines)}"


def choosing() -> str:
    """Return docs/choosing.md with the rows that `mlgate plan` asks for."""
    text = CHOOSING.read_text(encoding="utf-8")
    shares, margins = (0.01, 0.02, 0.05, 0.1, 0.2), (0.05, 0.02, 0.01, 0.005)
    needed = [
        (_amount(margin), *(_rows("max_regression", margin, share) for share in shares))
        for margin in margins
    ]
    head = ("margin", *(f"differ on {share:.0%}" for share in shares))
    text = filled(text, "rows", table(head, needed))
    sizes = (100, 300, 1_000, 3_000, 10_000, 30_000)
    decided = [(f"{size:,}", *(_smallest(size, share) for share in shares)) for size in sizes]
    text = filled(text, "margins", table(("rows", *head[1:]), decided))
    values = (0.7, 0.8, 0.9, 0.95)
    above = [
        (_amount(distance), *(_rows("min", value - distance, value) for value in values))
        for distance in (0.05, 0.02, 0.01)
    ]
    heads = ("above the limit by", *(f"value {_amount(value)}" for value in values))
    return filled(text, "limits", table(heads, above))


def _planned(kind: Any, limit: float, level: float, rows: int | None = None) -> Any:
    """Plan a rule for 8 of 10 cases; `level` is the disagreement, for `min` the value."""
    from mlgate.pipeline.planning.rule import Assumptions, PlannedRule, plan_rule

    rule = PlannedRule("accuracy", kind, limit, relative=False, confidence=0.95, power=0.8)
    if kind == "min":
        return plan_rule(rule, Assumptions(value=level, row_variance=level * (1 - level)))
    return plan_rule(rule, Assumptions(rows=rows, row_variance=level, disagreement=level))


def _rows(kind: Any, limit: float, level: float) -> str:
    return f"{_planned(kind, limit, level).rows_needed:,}"


def _smallest(rows: int, share: float) -> str:
    from mlgate.pipeline.planning.plan_text import rounded_up

    return _amount(rounded_up(_planned("max_regression", 0.01, share, rows).smallest))


def _amount(value: float) -> str:
    return f"{value:g}".removeprefix("0")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)


def with_files(text: str) -> str:
    """Give a page with the files that it shows anew."""

    def shown(match: re.Match[str]) -> str:
        file = (ROOT / match[1]).read_text(encoding="utf-8")
        return f"<!-- {match[1]} -->\n\n```yaml\n{file}```\n"

    return re.sub(r"<!-- ([\w./-]+\.ya?ml) -->\n\n```yaml\n.*?```\n", shown, text, flags=re.DOTALL)


def written() -> Iterator[tuple[Path, str]]:
    """Give every file that is written here, with what it should hold."""
    yield PAGE, page()
    yield README, readme()
    yield SECURITY, security()
    yield SECRETS, secrets()
    yield CHOOSING, choosing()
    for path in sorted((ROOT / "docs").glob("*.md")):
        text = path.read_text(encoding="utf-8")
        if path != PAGE and "<!-- workflows/" in text:
            yield path, with_files(text)


if __name__ == "__main__":
    for target, content in written():
        target.write_text(content, encoding="utf-8")
