"""Freezes what today's version writes: `python tests/contract/frozen/make.py texts`.

`texts` writes anew only what a deliberate rewording may change: `texts/`. `numbers` writes what a
deliberate change of what is measured may: `anew/`, and what a run measures against an old store. Runs,
stores, bundles and schemas were written by an old version and are what it wrote: `all` replaces
them, and is only right where a check is added or an error in what was frozen is mended.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parents[2]), str(HERE.parents[1] / "github" / "support")]

from tests.contract.frozen import cases, plain  # noqa: E402


def main() -> None:
    what = sys.argv[1:]
    if what not in (["texts"], ["numbers"], ["all"]):
        raise SystemExit(__doc__)
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        if what == ["all"]:
            cases.freeze(folder / "all")
            plain.dump(HERE / "machine.json", plain.machine(), indent=1)
        if what != ["texts"]:
            cases.write_numbers(folder / "numbers")
        if what != ["numbers"]:
            cases.write_texts(folder / "texts")


if __name__ == "__main__":
    main()
