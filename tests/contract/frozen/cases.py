"""What is frozen, how it was made, and how it is asked for again.

::

    runs/<scene>.json.gz     a run directory's JSON files, as an old version wrote them
    anew/<scene>.json.gz     the same files, as the scene's commands write them today, without sentences
    judged/<scene>.json.gz   the verdict on a frozen run directory by the rules of today, without sentences
    texts/<scene>.json, .md  sentences of verdict and evidence, and the report
    stores/<kind>.bundle     a repository with four baselines and their ledger (git bundle);
    stores/folder.zip        the folder store beside its repository
    stores/<kind>.json       what is to be read in it
    bundles/<scene>.zip      what a fork's run uploads; <scene>.json what is posted of it
    schema/*.json            the schemas
"""

from __future__ import annotations

import gzip
import io
import json
import shutil
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.contract.frozen import calling, plain
from tests.contract.frozen.scenes import ROOT, SCENES, TOY, Scene, binary, predictions

if TYPE_CHECKING:
    from tests.contract.frozen.scenes import Files

HERE = Path(__file__).parent
SAMPLES = ROOT / "tests" / "unit" / "report" / "samples"
BUNDLED = ("toy", "whole", "imported", "two-policies", "regression", "multiclass", "misspelt")
STORES = {
    "ref": "",
    "branch": "baseline: {store: 'branch:kept'}\n",
    "folder": "baseline: {store: kept}\n",
    "keyed": "baseline: {id_key: '${env:ID_KEY}'}\n",
}
KEY = {"ID_KEY": "a secret of the tests"}
STEPS = 4


# --- files


def runs() -> list[str]:
    """The frozen run directories, by name."""
    return sorted(path.name.removesuffix(".json.gz") for path in HERE.glob("runs/*.json.gz"))


def read_run(name: str) -> dict[str, Any]:
    return json.loads(gzip.decompress((HERE / f"runs/{name}.json.gz").read_bytes()))  # type: ignore[no-any-return]


def read_anew(name: str, kind: str = "anew") -> dict[str, Any]:
    """What measuring a scene, or judging a frozen run, gives today, but for sentences."""
    return json.loads(gzip.decompress((HERE / f"{kind}/{name}.json.gz").read_bytes()))  # type: ignore[no-any-return]


def write_run(name: str, files: dict[str, Any], kind: str = "runs") -> None:
    path = HERE / f"{kind}/{name}.json.gz"
    path.parent.mkdir(exist_ok=True)
    text = json.dumps(files, ensure_ascii=False, separators=(",", ":"))
    path.write_bytes(gzip.compress(text.encode(), 9, mtime=0))


def evidence(files: dict[str, Any]) -> dict[str, Any]:
    return {name: data for name, data in files.items() if name.startswith("evidence")}


def read_texts(name: str) -> dict[str, dict[str, str]]:
    return plain.load(HERE / f"texts/{name}.json")  # type: ignore[no-any-return]


# --- the same questions, asked when freezing and when testing


def judged(name: str, folder: Path) -> Any:
    """`mlgate gate` over a frozen run directory; gives verdict.json."""
    files = read_run(name)
    plain.unpack({k: v for k, v in files.items() if k != "verdict.json"}, folder / ".mlgate")
    calling.done(folder, "gate", codes=(0, 1, 2))
    return plain.load(folder / ".mlgate" / "verdict.json")


def reported(name: str, folder: Path) -> str:
    """`mlgate report` over a frozen run directory; gives report.md."""
    plain.unpack(read_run(name), folder / ".mlgate")
    calling.done(folder, "report")
    return plain.report((folder / ".mlgate" / "report.md").read_text(encoding="utf-8"))


def measured(name: str, folder: Path) -> dict[str, Any]:
    """A scene played anew; gives the JSON files of its run directory."""
    return plain.directory(calling.play(folder / "repo", SCENES[name]))


def _step(number: int) -> Files:
    return predictions(binary(number, 600, worse=0.1))


def save_story(folder: Path, kind: str) -> None:
    """Four commits of main, each with its baseline, pushed to `folder/origin.git`; then a branch."""
    repo, config = folder / "repo", TOY + STORES[kind]
    folder.mkdir(parents=True)
    calling.git(folder, "init", "--quiet", "--bare", "--initial-branch=main", "origin.git")
    calling.begin(repo, Scene(config, lambda side: _step(0)))
    calling.git(repo, "remote", "add", "origin", str(folder / "origin.git"))
    for number in range(STEPS):
        files = {**_step(number), ".gitignore": "kept/\n.mlgate/\n"}
        calling.commit(repo, files, f"step {number}")
        if number == 1:
            calling.git(repo, "tag", "v1.0")
        calling.git(repo, "push", "--quiet", "--tags", "origin", "main")
        calling.done(repo, "check", **KEY)
        calling.done(repo, "gate", codes=(0, 1), **KEY)
        calling.done(repo, "baseline", "save", "--push", **KEY)
    calling.git(repo, "checkout", "--quiet", "-b", "feature")
    calling.commit(repo, _step(8), "feature")
    calling.git(repo, "push", "--quiet", "origin", "feature")


def freeze_store(folder: Path, kind: str) -> None:
    save_story(folder, kind)
    path = HERE / "stores" / f"{kind}.bundle"
    path.parent.mkdir(exist_ok=True)
    calling.git(folder / "origin.git", "bundle", "create", "--quiet", str(path), "--all")
    if kind == "folder":
        archive = shutil.make_archive(str(folder / "kept"), "zip", folder / "repo" / "kept")
        shutil.copy(archive, HERE / "stores" / "folder.zip")


def open_store(folder: Path, kind: str) -> Path:
    """A clone whose origin holds the frozen store; gives its work tree, on the branch."""
    origin, repo = folder / "origin.git", folder / "repo"
    folder.mkdir(parents=True, exist_ok=True)
    calling.git(folder, "init", "--quiet", "--bare", "--initial-branch=main", "origin.git")
    bundle = str(HERE / "stores" / f"{kind}.bundle")
    calling.git(origin, "fetch", "--quiet", bundle, "+refs/*:refs/*")
    calling.git(folder, "clone", "--quiet", "--branch", "feature", str(origin), str(repo))
    if kind == "folder":
        shutil.unpack_archive(HERE / "stores" / "folder.zip", repo / "kept")
    return repo


def read_store(repo: Path) -> dict[str, Any]:
    """All that commands read in a store: verdict, evidence, history, baselines, wear."""

    def told(*arguments: str) -> Any:
        return json.loads(calling.done(repo, *arguments, "--format", "json", **KEY).out)

    calling.done(repo, "check", **KEY)
    calling.done(repo, "gate", codes=(0, 1), **KEY)
    return {
        **plain.directory(repo / ".mlgate"),
        "history": told("baseline", "history"),
        "baselines": told("baseline", "show"),
        "wear": told("plan", "--wear"),
    }


def freeze_sample(folder: Path, sample: Path) -> None:
    """A sample of the report's tests; its waivers end in no year in which these tests run."""
    name, text = f"sample-{sample.name}", json.dumps(plain.directory(sample))
    for old, new in {"2027-01-31": "2199-12-31", "2026-10-01": "2020-10-01"}.items():
        text = text.replace(old, new)
    files = json.loads(text)
    write_run(name, files)  # its numbers are rounded, so its verdict is judged anew
    write_run(name, {**files, "verdict.json": judged(name, made(folder))})


def freeze_bundle(folder: Path, name: str) -> None:
    run_dir = calling.play(folder / "repo", SCENES[name])
    path = HERE / "bundles" / f"{name}.zip"
    path.parent.mkdir(exist_ok=True)
    calling.done(run_dir.parent, "bundle", "--output", str(path))


def posted(name: str, folder: Path) -> dict[str, Any]:
    """What stands on the pull request after a frozen bundle was published."""
    folder.mkdir(parents=True, exist_ok=True)
    bundle = (HERE / "bundles" / f"{name}.zip").read_bytes()
    done = calling.publish(folder, bundle, SCENES[name].config)
    assert done.answer.code == 0, done.answer
    assert "not posted" not in done.answer.err, done.answer.err

    def clean(value: Any) -> Any:
        text = json.dumps(value).replace(done.address, "https://forge")
        if done.baseline is not None:
            claimed, kept = done.baseline
            text = text.replace(kept, claimed).replace(kept[:7], claimed[:7])
        return json.loads(text.replace(done.head, "c" * 40).replace(done.head[:7], "c" * 7))

    return {
        "verdict": clean(plain.load(done.run_dir / "verdict.json")),
        "check": clean(done.check),
        "statuses": clean(done.statuses),
        "comment": plain.report(clean(done.comment)),
    }


def members(name: str) -> list[str]:
    with zipfile.ZipFile(io.BytesIO((HERE / "bundles" / f"{name}.zip").read_bytes())) as packed:
        return packed.namelist()


# --- freezing


def freeze(folder: Path) -> None:
    """Everything that must never change."""
    for kind in ("runs", "stores", "bundles", "schema"):
        shutil.rmtree(HERE / kind, ignore_errors=True)
    for name in SCENES:
        write_run(name, measured(name, folder / name))
    for sample in sorted(SAMPLES.iterdir()):
        freeze_sample(folder / f"sample-{sample.name}", sample)
    for kind in STORES:
        freeze_store(folder / f"store-{kind}", kind)
        record = read_store(open_store(folder / f"open-{kind}", kind))
        plain.dump(HERE / f"stores/{kind}.json", plain.split(record)[0])
    for name in BUNDLED:
        freeze_bundle(folder / f"bundle-{name}", name)
        record = posted(name, folder / f"posted-{name}")
        del record["comment"]
        plain.dump(HERE / f"bundles/{name}.json", plain.split(record)[0])
    for name, text in calling.schemas().items():
        plain.dump(HERE / "schema" / Path(name).name, json.loads(text))
    plain.dump(HERE / "version.json", calling.version())


def write_numbers(folder: Path) -> None:
    """What a deliberate change of what is measured may change."""
    for kind in ("anew", "judged"):
        shutil.rmtree(HERE / kind, ignore_errors=True)
    for name in SCENES:
        write_run(name, plain.split(measured(name, folder / f"measure-{name}"))[0], "anew")
    for name in runs():
        verdict = plain.split(judged(name, made(folder / f"gate-{name}")))[0]
        write_run(name, {"verdict.json": verdict}, "judged")
    for kind in STORES:
        record = read_store(open_store(folder / f"open-{kind}", kind))
        plain.dump(HERE / f"stores/{kind}.json", plain.split(record)[0])
    for name in BUNDLED:
        record = posted(name, folder / f"posted-{name}")
        del record["comment"]
        plain.dump(HERE / f"bundles/{name}.json", plain.split(record)[0])


def write_texts(folder: Path) -> None:
    """Everything that a deliberate rewording may change."""
    shutil.rmtree(HERE / "texts", ignore_errors=True)
    for name in runs():
        texts = {"verdict": plain.split(judged(name, made(folder / f"gate-{name}")))[1]}
        if name in SCENES:
            files = evidence(measured(name, folder / f"measure-{name}"))
            texts["evidence"] = plain.split(files)[1]
        plain.dump(HERE / f"texts/{name}.json", texts, indent=1)
        text = reported(name, made(folder / f"report-{name}"))
        (HERE / f"texts/{name}.md").write_text(text, encoding="utf-8")
    for kind in STORES:
        record = read_store(open_store(folder / f"open-{kind}", kind))
        plain.dump(HERE / f"texts/store-{kind}.json", plain.split(record)[1], indent=1)
    for name in BUNDLED:
        record = posted(name, folder / f"posted-{name}")
        (HERE / f"texts/posted-{name}.md").write_text(record.pop("comment"), encoding="utf-8")
        plain.dump(HERE / f"texts/posted-{name}.json", plain.split(record)[1], indent=1)


def made(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder
