"""Split a table into what the training may read and the labels that it must not: run once, by hand.

    python split.py /a/place/that/lasts/labels.csv

writes data/train.csv (with labels) and data/test.csv (without) to be committed, and the labels of
the test rows to the place that it is given.
"""

import csv
import pathlib
import random
import sys

ROWS, TESTED = 6000, 2000


def main(place: str) -> None:
    random.seed(1)
    rows = []
    for number in range(ROWS):
        age, visits = random.randint(18, 80), random.randint(0, 30)
        leaves = random.random() < 1 / (1 + 2.718 ** (0.3 * visits - 0.02 * age - 1))
        rows.append([f"customer-{number}", age, visits, int(leaves)])
    columns = ["id", "age", "visits", "leaves"]
    write("data/train.csv", columns, rows[TESTED:])
    write("data/test.csv", columns[:3], [row[:3] for row in rows[:TESTED]])
    write(place, ["id", "leaves"], [[row[0], row[3]] for row in rows[:TESTED]])


def write(path: str, columns: list[str], rows: list[list[object]]) -> None:
    file = pathlib.Path(path)
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", newline="") as table:
        csv.writer(table).writerows([columns, *rows])


if __name__ == "__main__":
    main(sys.argv[1])
