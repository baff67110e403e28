"""Hostile bundles: generated, and put through the whole of the trusted stage.

`survive` says what became of one. It fails if anything but a `DataError` is raised, or if what
would be posted could mention, link, close a table or run a workflow command.
"""

from __future__ import annotations

import copy
import datetime as dt
import functools
import io
import json
import re
import struct
import sys
import zipfile
from html.parser import HTMLParser
from pathlib import Path

import cmarkgfm
import make_whole
from cmarkgfm.cmark import Options
from hypothesis import strategies as st

from mlgate import checks, config
from mlgate.checks import sections
from mlgate.ci.github_actions import command
from mlgate.errors import DataError
from mlgate.forges.data import PullRequest, WorkflowRun
from mlgate.model.project import DOCS
from mlgate.model.run_stamp import RunStamp
from mlgate.pipeline.judging.branch import Branch, Judging
from mlgate.pipeline.judging.identity import Identity, ModelEntry
from mlgate.pipeline.publishing import bundle as bundles
from mlgate.pipeline.publishing import render
from mlgate.pipeline.publishing.attempts import of
from mlgate.pipeline.publishing.content import Content, Shown
from mlgate.pipeline.publishing.destination import Destination
from mlgate.pipeline.publishing.rejudge import rejudge
from mlgate.pipeline.publishing.trusted_stage import Accepted
from mlgate.report import build, html
from mlgate.report.load import LoadedRun
from mlgate.text.terminal import harmless

SAMPLES = Path(__file__).parents[2] / "unit" / "report" / "samples"
TODAY = dt.date(2026, 11, 21)
NOW = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)
HEAD = "e" * 40
COMMIT = "a1b2c3d4e5f60718293a4b5c6d7e8f9012345678"
POLICY = """\
version: 1
name: income
task: binary
predictions: {path: p.csv, id: id, label: l, prediction: y, score: s}
baseline: {anchor: none}
gates:
  accuracy: {min: 0.5, max_regression: 0.01}
  roc_auc: {max_regression: 0.05}
"""
BASE = config.parse(POLICY, "mlgate.yaml", sections())
WHOLE_BASE = config.parse(make_whole.POLICY, "mlgate.yaml", sections())
RUN = WorkflowRun(
    501, 7, 1, "pull_request", ".github/workflows/mlgate.yml", "mlgate", "completed", "success",
    HEAD, "feature", "mallory/model", "https://example.invalid/run", NOW,
)  # fmt: skip
PULL = PullRequest(
    1, "t", "open", False, HEAD, "feature", "mallory/model", "b" * 40, "main", "mallory",
    "https://example.invalid/pull",
)  # fmt: skip
TARGET = Destination("income", HEAD, 1, RunStamp(7), run_url="https://example.invalid/run")
TEXTS = (
    "@team", "o/r#3", "#12", "GH-7", "https://evil.invalid/x", "www.evil.invalid", "<script>x",
    "<img src=x onerror=y>", "![i](https://evil.invalid/i.png)", "[l](https://evil.invalid)", "|",
    "a|b\n| x |", "```\n</details>", "</details>", "-->", "<!-- mlgate:comment key=\"x\" -->",
    "::error::pwned", "\n::add-mask::x", "##[error]x", "%0A::error::x", "\r::set-output name=a::b",
    "\u202egnp.exe", "\u2066x\u2069", "a\u200bb", "\x1b[31mred", "\x00", ":tada:", "$(id)",
    "${{ secrets.X }}", "../../etc/passwd", "C:\\x", "x" * 9_999, "é" * 3_000, "{{ 7*7 }}", "",
    " ", "None", "nan", "9999-99-99", "2026-11-21T14:02:11Z", "a.b[c].d", "accuracy", "main",
)  # fmt: skip
NUMBERS = (
    0, -1, 1, 0.5, -0.0, 1e-300, 5e-324, 1e15, -1e59, 1e60, 1e308, 2**53, 2**63, 10**400, 1e16,
    0.1 + 0.2, 3.141592653589793, -2.5,
)  # fmt: skip
LITERALS = ("NaN", "Infinity", "-Infinity", "1e999", "-1e400", '"\\ud800"', "1" * 5_000, "01")
_MARK = "@@literal@@"


def _of_sample(folder, base=BASE):
    run = json.loads((folder / "run.json").read_text())
    found = {"run.json": run}
    for file in sorted((folder / "evidence").glob("*.json")):
        evidence = json.loads(file.read_text())
        evidence["policy_digest"] = base.config.policy_digest()
        found[f"evidence/{file.name}"] = evidence
    return found


@functools.cache
def samples():
    """Honest bundles as JSON, measured under `POLICY`."""
    found = [_of_sample(path) for path in sorted(SAMPLES.iterdir())]
    whole = _of_sample(make_whole.WHOLE, WHOLE_BASE)
    return [*(one for one in found if len(one) > 1), *[whole] * len(found)]


def _paths(value, path=()):
    yield path
    if isinstance(value, dict):
        for key in value:
            yield from _paths(value[key], (*path, key))
    elif isinstance(value, list):
        for index, one in enumerate(value[:20]):
            yield from _paths(one, (*path, index))


@st.composite
def values(draw):
    """Something that nobody measures."""
    kind = draw(st.integers(0, 9))
    if kind <= 2:
        return "".join(draw(st.lists(st.sampled_from(TEXTS), min_size=1, max_size=4)))
    if kind <= 4:
        return draw(st.sampled_from(NUMBERS))
    if kind == 5:
        return _MARK + draw(st.sampled_from(LITERALS))
    if kind == 6:
        return _deep(draw(st.sampled_from((2, 15, 40, 2_000))))
    if kind == 7:
        return [draw(st.sampled_from(NUMBERS))] * draw(st.sampled_from((0, 1, 3, 400, 6_000)))
    if kind == 8:
        return draw(st.sampled_from((None, True, False, {}, [], "")))
    return draw(st.text(max_size=30))


def _deep(depth):
    return _MARK + "[" * depth + "]" * depth


def _alike(value):
    """Give values of the same type, so that what is no record at all is not the only find."""
    if isinstance(value, str):
        return st.lists(st.sampled_from(TEXTS), min_size=1, max_size=3).map("".join)
    if isinstance(value, bool):
        return st.booleans()
    if isinstance(value, int):
        return st.sampled_from([one for one in NUMBERS if isinstance(one, int)])
    if isinstance(value, float):
        return st.sampled_from(NUMBERS)
    if isinstance(value, list):
        return st.sampled_from([[], value * 2, value[:1] * 300, value[::-1]])
    if isinstance(value, dict):
        renamed = {
            f"{TEXTS[number % len(TEXTS)]}{key}": one
            for number, (key, one) in enumerate(value.items())
        }
        return st.sampled_from([{}, value, renamed])
    return values()


@st.composite
def changed(draw):
    """Give an honest bundle's JSON with a few places made hostile, as its files' texts."""
    files = copy.deepcopy(draw(st.sampled_from(samples())))
    for _ in range(draw(st.integers(1, 3))):
        name = draw(st.sampled_from(sorted(files)))
        every = [path for path in _paths(files[name]) if path]
        path = draw(st.sampled_from(every))
        _change(draw, files[name], path)
    return {name: _text(value) for name, value in files.items()}


def _change(draw, value, path):
    *above, last = path
    for part in above:
        value = value[part]
    how = draw(st.integers(0, 29))
    if how >= 10:
        value[last] = draw(_alike(value[last]))
    elif how == 0:
        del value[last]
    elif how == 1 and isinstance(value, dict):
        value[draw(st.sampled_from(TEXTS))] = value.pop(last)
    elif how == 2 and isinstance(value, dict):
        for number in range(draw(st.sampled_from((2, 30, 300)))):
            value[f"{last}{number}"] = copy.deepcopy(value[last])
    else:
        value[last] = draw(values())


def _text(value):
    """Write JSON, with literals that no JSON writer gives."""
    literal = rf'"{_MARK}((?:[^"\\]|\\.)*)"'
    return re.sub(literal, lambda match: json.loads(f'"{match[1]}"'), json.dumps(value))


NAMES = (
    "run.json", "evidence/compare.json", "evidence/2/compare.json", "evidence/x.json", "RUN.JSON",
    "../run.json", "/etc/passwd", "evidence/../../x.json", "evidence//compare.json", "evidence/",
    "C:\\run.json", "..\\..\\x", "evidence/compare.json\x00.png", "mlgate-bundle.zip", "a" * 5_000,
    "evidence/train.json", "rows.parquet", "report.md", "evidence/\u202ejson", ".gitignore",
)  # fmt: skip


@st.composite
def archives(draw):
    """Give bytes that may be a zip file: odd names, kinds, sizes, and bits."""
    files = draw(changed())
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name, text in files.items():
            packed.writestr(_member(name), text.encode("utf-8", "surrogatepass"))
        for _ in range(draw(st.integers(0, 3))):
            info = zipfile.ZipInfo(draw(st.sampled_from(NAMES)))
            info.external_attr = draw(st.sampled_from((0, 0o120777, 0o40755, 0o100644))) << 16
            info.compress_type = draw(st.sampled_from((0, 8, 12, 14)))
            size = draw(st.sampled_from((0, 10, 100, 100_000, 5_000_000)))
            if info.filename not in packed.namelist():
                packed.writestr(info, b"\0" * size)
    content = bytearray(out.getvalue())
    if draw(st.booleans()):
        content = bytearray(_nested(bytes(content), draw(st.integers(0, 2))))
    for _ in range(draw(st.integers(0, 4))):
        content[draw(st.integers(0, len(content) - 1))] = draw(st.integers(0, 255))
    if draw(st.integers(0, 4)) == 0:
        content = content[: draw(st.integers(0, len(content)))]
    if draw(st.integers(0, 4)) == 0:
        _lie(content, draw(st.sampled_from((0, 1, 2**31, 2**32 - 1))))
    return bytes(content)


def _member(name):
    """Name a file of an archive, which is compressed and of no particular time."""
    info = zipfile.ZipInfo(name)
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


def _nested(content, times):
    for _ in range(times + 1):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
            packed.writestr(_member("mlgate-bundle.zip"), content)
        content = out.getvalue()
    return content


def _lie(content, size):
    """Let the directory say another size of its first file."""
    at = content.find(b"PK\x01\x02")
    if 0 <= at < len(content) - 28:
        content[at + 24 : at + 28] = struct.pack("<I", size)


def packed(files):
    """Zip files' texts as a bundle."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, text in files.items():
            made.writestr(_member(name), text.encode("utf-8", "surrogatepass"))
    return out.getvalue()


class _Caged:
    """While it is entered nothing may be written, run, connected or unpickled."""

    REACHING = ("os.", "subprocess.", "shutil.", "socket.", "ctypes.", "pickle.", "urllib.")
    HARMLESS = ("os.listdir", "os.scandir", "os.walk")

    def __init__(self):
        self.entered = False

    def __enter__(self):
        if not self.entered and self not in _cages:
            _cages.append(self)
            sys.addaudithook(self.watch)
        self.entered = True

    def __exit__(self, *raised):
        self.entered = False

    def watch(self, event, args):
        if not self.entered:
            return
        writing = event == "open" and isinstance(args[1], str) and set(args[1]) & set("wax+")
        if writing or (event.startswith(self.REACHING) and event not in self.HARMLESS):
            raise AssertionError(f"a bundle reached out: {event} {args!r:.200}")


_cages = []
caged = _Caged()
"""Audit hooks cannot be taken away again, so there is one."""


@functools.cache
def warm():
    """Import and compile what survivors need, before anything is forbidden."""
    return {_survive(packed(_texts(one))) for one in samples()}


def _texts(files):
    return {name: json.dumps(value) for name, value in files.items()}


def survive(content):
    """Take a bundle through the trusted stage; give `refused` or the verdict."""
    warm()
    with caged:
        return _survive(content)


def _base(bundle):
    """Give the policy that asks for what the bundle holds."""
    every = {check for found in bundle.evidence.values() for check in found}
    return WHOLE_BASE if every & {"drift", "fairness", "slices", "data", "concept"} else BASE


def _survive(content):
    try:
        bundle = bundles.unpack(content, checks.evidence_types())
        with bundles.fitting():
            shown = _shown(bundle)
    except DataError as error:
        _one_message(str(error))
        return "contradictory" if "contradict" in str(error) else "refused"
    return _harmless(*shown)


def _accepted(bundle):
    base = _base(bundle)
    origin = ModelEntry(base.file, base.config.name, "0" * 40)
    judging = Judging(Branch("main", "b" * 40), Identity(origin, gone=False), base)
    return Accepted(bundle, RUN, PULL, judging, base, ())


def _shown(bundle):
    """Judge and render as the trusted stage does: verdict, comment, check, status, page."""
    judged = rejudge(_accepted(bundle), (), "octo/model", TODAY)
    evidence = {}
    for judge in judged.run.judges:
        evidence = {**judged.evidence.get(judge.evidence, {}), **evidence}
    report = build.build(judged.run, judged.verdict, evidence, checks.pages())
    loaded = LoadedRun(judged.run, judged.verdict, evidence)
    content = Content((loaded,), (report,))
    outcomes = (of(content.reports, TARGET.stamp),)
    return (
        judged.verdict,
        render.render_comment(content.reports, TARGET, outcomes, Shown()),
        render.render_check(loaded, report, TARGET, Shown(), name="n", comment=None),
        render.render_status([loaded], TARGET, "s"),
        html.render([report]),
    )


def _harmless(verdict, comment, check, status, page):
    """Fail if anything of it is too long, or does more than show."""
    assert len(comment) <= 65_536
    assert len(check.summary.encode()) <= 65_535
    assert len(status.description) <= 140
    harmless_markdown(comment)
    for one in check.annotations:
        written = command("error", one.message, {"title": one.title, "file": one.path})
        assert "\n" not in written
        assert "\r" not in written
    assert not re.search(r"(?m)^\s*::|##\[", harmless(verdict.headline))
    assert page.count("<script") == 1
    assert "onerror=y>" not in page
    return verdict.verdict


def _one_message(text):
    assert len(text) < 2_000
    assert text.replace("\n  → ", "").isprintable(), text


class _Seen(HTMLParser):
    """Tags with their addresses, and the text outside code that GitHub would read again."""

    def __init__(self, page):
        super().__init__(convert_charrefs=True)
        self.tags, self.addresses, self.text, self.code = [], [], [], 0
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.code += tag in ("code", "pre")
        self.addresses += [value for name, value in attrs if name in ("href", "src", "srcset")]

    def handle_endtag(self, tag):
        self.code -= tag in ("code", "pre")

    def handle_data(self, data):
        if not self.code:
            self.text.append(data)


KNOWN = {
    "h3", "p", "a", "table", "thead", "tbody", "tr", "th", "td", "code", "pre", "ul", "li", "strong",
    "details", "summary", "b", "sub", "br",
}  # fmt: skip
PAGE_OF_RUN = "https://example.invalid/run"
OURS = re.compile(rf"{DOCS}/[a-z-]+\.md(#[a-z-]+)?")
BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def harmless_markdown(text):
    """Fail if a comment's text does anything but show."""
    assert not BIDI.search(text)
    options = Options.CMARK_OPT_UNSAFE | Options.CMARK_OPT_GITHUB_PRE_LANG
    page = cmarkgfm.markdown_to_html_with_extensions(text, options, ["table", "autolink"])
    page = re.sub(r"^<!--.*?-->", "", page, flags=re.MULTILINE)
    seen = _Seen(page)
    assert set(seen.tags) <= KNOWN, set(seen.tags) - KNOWN
    assert {one for one in seen.addresses if not OURS.fullmatch(one)} <= {PAGE_OF_RUN}
    assert page.count("<details>") == page.count("</details>")
    for part in seen.text:
        assert not re.search(r"@\w|#\d|(?i:\bgh-\d)|:[a-z]+:", part), part
