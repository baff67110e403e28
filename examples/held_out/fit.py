"""Count how many leave in each cell of age and visits, and predict the test rows from that."""

import csv
import pathlib

CELL = 4
"""How many visits count as alike."""


def cell(row: dict[str, str]) -> tuple[int, int]:
    return int(row["age"]) // 20, int(row["visits"]) // CELL


def read(path: str) -> list[dict[str, str]]:
    with pathlib.Path(path).open(newline="") as table:
        return list(csv.DictReader(table))


counts: dict[tuple[int, int], list[int]] = {}
for row in read("data/train.csv"):
    seen = counts.setdefault(cell(row), [1, 2])
    seen[0] += int(row["leaves"])
    seen[1] += 1

rows = []
for row in read("data/test.csv"):
    left, seen_in_all = counts.get(cell(row), [1, 2])
    rows.append([row["id"], f"{left / seen_in_all:.6f}"])

pathlib.Path("out").mkdir(exist_ok=True)
with pathlib.Path("out/predictions.csv").open("w", newline="") as table:
    csv.writer(table).writerows([["id", "probability"], *rows])
