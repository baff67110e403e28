from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mlgate.errors import DataError
from mlgate.inputs.paths import resolve

if TYPE_CHECKING:
    from pathlib import Path


def test_a_glob_gives_files_in_the_order_of_their_names(root: Path) -> None:
    (root / "out" / "deep").mkdir(parents=True)
    for name in ("out/b.csv", "out/a.csv", "out/deep/c.csv", "out/a.txt"):
        (root / name).touch()
    found = resolve("out/**/*.csv", root, key="predictions.path")
    assert [path.relative_to(root).as_posix() for path in found] == [
        "out/a.csv", "out/b.csv", "out/deep/c.csv",
    ]  # fmt: skip


def test_a_file_whose_name_looks_like_a_glob_is_that_file(root: Path) -> None:
    (root / "a[1].csv").touch()
    (root / "a1.csv").touch()
    assert resolve("a[1].csv", root, key="k") == (root / "a[1].csv",)


def test_a_missing_file_is_told_with_its_nearest_neighbour(root: Path) -> None:
    (root / "predictions.csv").touch()
    with pytest.raises(
        DataError, match=r"predictions\.path: there is no file prediction\.csv"
    ) as e:
        resolve("prediction.csv", root, key="predictions.path")
    assert e.value.hint == "did you mean predictions.csv?"


def test_a_glob_without_a_match_says_where_it_looked(root: Path) -> None:
    with pytest.raises(DataError, match=r"no file matches out/\*\.csv in "):
        resolve("out/*.csv", root, key="k")


@pytest.mark.parametrize("tracked", ["out/p.csv.dvc", "out.dvc"])
def test_a_missing_file_that_dvc_tracks_is_told_with_the_command(root: Path, tracked: str) -> None:
    (root / "out").mkdir()
    (root / tracked).write_text("outs:\n- md5: 0\n  path: p.csv\n")
    with pytest.raises(DataError) as e:
        resolve("out/p.csv", root, key="k")
    assert e.value.hint == f"fetch it: dvc pull {tracked}"


def test_a_missing_output_of_a_dvc_stage_is_told_with_the_command(root: Path) -> None:
    lock = "stages:\n  train:\n    outs:\n    - path: out/p.csv\n      md5: 0\n    - path: plots\n"
    (root / "dvc.lock").write_text(lock)
    for pattern, target in (("out/p.csv", "out/p.csv"), ("plots/deep/x.csv", "plots")):
        with pytest.raises(DataError, match=r"DVC tracks it in dvc\.lock") as e:
            resolve(pattern, root, key="k")
        assert e.value.hint == f"fetch it: dvc pull {target}"


def test_a_dangling_link_says_where_it_leads(root: Path) -> None:
    (root / "p.csv").symlink_to("/nowhere/cache/ab")
    with pytest.raises(DataError, match="is a link to /nowhere/cache/ab, which does not exist"):
        resolve("p.csv", root, key="k")


def test_a_folder_of_folders_is_no_file(root: Path) -> None:
    (root / "out" / "day=1").mkdir(parents=True)
    (root / "out" / "day=1" / "p.parquet").touch()
    with pytest.raises(DataError, match="k: out is a folder") as e:
        resolve("out/", root, key="k")
    assert e.value.hint == 'name the files in it, such as "out/**/*.parquet"'
    assert resolve("out/**/*.parquet", root, key="k") == (root / "out" / "day=1" / "p.parquet",)


def test_the_parts_in_a_folder_without_what_tools_leave_beside_them(root: Path) -> None:
    (root / "out").mkdir()
    for name in ("part-1.parquet", "part-0.parquet", "_SUCCESS", ".part-0.parquet.crc", "_m.csv"):
        (root / "out" / name).touch()
    parts = tuple(root / "out" / f"part-{i}.parquet" for i in (0, 1))
    assert resolve("out", root, key="k") == resolve("out/*", root, key="k") == parts
    assert resolve("out/_*.csv", root, key="k") == (root / "out" / "_m.csv",)
    (root / "empty").mkdir()
    (root / "empty" / "_SUCCESS").touch()
    with pytest.raises(DataError, match="k: empty is a folder"):
        resolve("empty", root, key="k")


def test_a_path_outside_the_repository_is_refused(root: Path) -> None:
    (root / "repo").mkdir()
    (root / "p.csv").touch()
    for pattern in ("../p.csv", str(root / "p.csv"), "../*.csv"):
        with pytest.raises(DataError, match="outside the repository"):
            resolve(pattern, root / "repo", key="k")


def test_a_link_that_leaves_the_repository_is_refused(root: Path) -> None:
    (root / "repo").mkdir()
    (root / "secret").touch()
    (root / "repo" / "p.csv").symlink_to(root / "secret")
    with pytest.raises(DataError, match=f"leads to {root}/secret, outside the repository"):
        resolve("p.csv", root / "repo", key="k")


def test_the_configurations_folder_may_reach_into_its_repository(root: Path) -> None:
    (root / "models" / "a").mkdir(parents=True)
    (root / "shared.csv").touch()
    folder = root / "models" / "a"
    assert (
        resolve("../../shared.csv", folder, key="k", top=root)[0].resolve() == root / "shared.csv"
    )


def test_only_an_absolute_path_may_leave_where_that_is_allowed(root: Path) -> None:
    (root / "repo").mkdir()
    (root / "old.csv").touch()
    absolute = str(root / "old.csv")
    assert resolve(absolute, root / "repo", key="k", outside=True) == (root / "old.csv",)
    with pytest.raises(DataError, match="outside the repository"):
        resolve("../old.csv", root / "repo", key="k", outside=True)


@pytest.mark.parametrize("url", ["s3://bucket/p.parquet", "postgres://host/db"])
def test_urls_are_refused_for_now(root: Path, url: str) -> None:
    with pytest.raises(DataError, match=r"predictions\.path: \w+:// is not supported yet"):
        resolve(url, root, key="predictions.path")
