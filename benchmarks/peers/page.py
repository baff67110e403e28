"""The tables of docs/peers.md, from benchmarks/results/peers.json."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.calibration.line import short
from benchmarks.peers.scenes import GROUPS, scenes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.peers.scenes import Scene
    from benchmarks.peers.worker import Counts

PAGE = Path(__file__).parents[2] / "docs" / "peers.md"
NOMINAL = {
    "mlgate": 0.05,
    "mlgate 97.5 %": 0.025,
    "mlgate, 50 uses": 0.05,
    "nel gate": 0.025,
    "illate-parity": 0.025,
    "bdp-model-gate": 0.025,
    "evalsig bound": 0.05,
    "evalsig watch": 0.05,
    "evalsig gate": None,
    "new ≥ old − margin": None,
    "new ≥ old": None,
}
"""Columns in their order, with how often the bound that decides may be wrong; None where there is none."""
MISS = "✗"


def write(results: Path) -> None:
    """Write the tables anew."""
    text = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(with_tables(text, json.loads(results.read_text("utf-8"))), encoding="utf-8")


def with_tables(text: str, results: dict[str, Any]) -> str:
    """Return the page with every table between its marks as these results have it."""
    for group in GROUPS:
        mark = re.compile(rf"(<!-- {group} -->\n).*?(<!-- /{group} -->)", re.DOTALL)
        shown = table(group, results["scenes"])
        text = mark.sub(lambda match, shown=shown: f"{match[1]}{shown}\n{match[2]}", text)  # type: ignore[misc]
    mark = re.compile(r"(<!-- ahead -->\n).*?(<!-- /ahead -->)", re.DOTALL)
    return mark.sub(lambda match: f"{match[1]}{ahead(results['scenes'])}\n{match[2]}", text)


def ahead(counts: dict[str, dict[str, dict[str, Counts]]]) -> str:
    """Return the lines where a gate keeps its level and passes more equal models than mlgate at it.

    More by two standard errors of the difference; mlgate's line is the one with the same nominal level.
    """
    lines = [["rows", "gate", "passes no change", "mlgate"], ["---", "---", "---:", "---:"]]
    for scene in (scene for group in GROUPS for scene in scenes(group)):
        truths = counts[scene.key]
        for name, nominal in NOMINAL.items():
            if nominal is None or name.startswith("mlgate") or name not in truths["none"]:
                continue
            ours = "mlgate" if nominal > 0.025 else "mlgate 97.5 %"
            level = truths.get("margin", truths["none"])[name]
            shares = [_passed(truths["none"][gate]) for gate in (name, ours)]
            error = math.hypot(*(math.sqrt(p * (1 - p) / n) for p, n in shares))
            if MISS not in _bold(name, level) and shares[0][0] - shares[1][0] > 2 * error:
                lines.append([scene.words, name, *(short(share) for share, _ in shares)])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _passed(counts: Counts) -> tuple[float, int]:
    """Return the share that passes, and of how many samples."""
    n = sum(counts.values())
    return counts["pass"] / n, n


def table(group: str, counts: dict[str, dict[str, dict[str, Counts]]]) -> str:
    """Return a table: a line for each scene, a column for each gate."""
    lines = scenes(group)
    gates = [name for name in NOMINAL if any(name in counts[s.key]["none"] for s in lines)]
    rows = [["rows", "margin", *map(_head, gates)], ["---"] + ["---:"] * (len(gates) + 1)]
    for scene in lines:
        truths = counts[scene.key]
        cells = [_cell(name, {t: truths[t].get(name) for t in truths}) for name in gates]
        rows.append([scene.words, _margin(scene), *cells])
    shown = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    return f"{shown}\n\nSamples: {_samples(gates, [counts[scene.key] for scene in lines])}."


def _samples(gates: Sequence[str], lines: Sequence[dict[str, dict[str, Counts]]]) -> str:
    """Say how many samples each gate answered, from the fewest of a line to the most."""
    texts: dict[str, list[str]] = {}
    for name in gates:
        sizes = [sum(line["none"][name].values()) for line in lines if name in line["none"]]
        few, many = min(sizes), max(sizes)
        text = f"{many:,}" if few == many else f"{few:,} to {many:,}"
        texts.setdefault(text, []).append(name)
    return "; ".join(f"{', '.join(names)} {text}" for text, names in texts.items())


def _head(name: str) -> str:
    nominal = NOMINAL[name]
    return name if nominal is None else f"{name} ({short(nominal)})".replace("0)", ")")


def _margin(scene: Scene) -> str:
    return f"{scene.margin:.4f}".replace("0.", ".", 1)


def _cell(name: str, truths: dict[str, Counts | None]) -> str:
    """Return how often a loss of the margin passes, and how often no change does and is undecided.

    Of scenes with a gain: how often no change passes, and how often the gain does.
    """
    none = truths["none"]
    if none is None:
        return "–"
    gain, loss = truths.get("gain"), truths.get("margin")
    if gain is not None:
        return f"{_bold(name, none)} · {_share(gain, 'pass')}"
    assert loss is not None
    shares = [_bold(name, loss), _share(none, "pass"), _share(none, "undecided")]
    twice = truths.get("twice")
    return " · ".join([*shares, *([_share(twice, "fail")] if twice else [])])


def _bold(name: str, counts: Counts) -> str:
    """Return the share that passes, marked where it is above the nominal one by two standard errors."""
    nominal, share = NOMINAL[name], _share(counts, "pass")
    repetitions = sum(counts.values())
    if nominal is None:
        return share
    error = math.sqrt(nominal * (1 - nominal) / repetitions)
    return f"**{share}** {MISS}" if counts["pass"] / repetitions > nominal + 2 * error else share


def _share(counts: Counts, answer: str) -> str:
    return short(counts[answer] / sum(counts.values()))
