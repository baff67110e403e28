"""Build the documentation as a site: `make docs`, into build/site.

The pages stay what GitHub shows: here they are copied, links that leave docs/ get the repository's
address, and Zensical renders them (`requirements/docs.txt`). A link to a page or a heading that does
not exist is an error; a page that has no place in `NAV` is under "More".
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).parents[1]
URL: Final = "https://github.com/mlgate/mlgate"
NAV: Final[dict[str, dict[str, str]]] = {
    "Start": {
        "Overview": "README.md",
        "Five minutes": "start.md",
        "Which metric, which rule": "choosing.md",
        "Troubleshooting": "troubleshooting.md",
        "Coming from CML": "migrating-from-cml.md",
    },
    "Reviewers": {
        "How to read a comment": "report.md",
        "What a verdict means": "statistics.md",
        "Changing the test set": "changing.md",
        "Other gates": "peers.md",
    },
    "Data scientists": {
        "Planning": "plan.md",
        "Metrics": "metrics.md",
        "From Python": "python.md",
        "Files": "files.md",
        "Evaluations of other tools": "kinds.md",
        "Numbers without labels": "scores.md",
        "Automatic judges": "judges.md",
        "Labels": "labels.md",
        "Without labels": "estimate.md",
        "Drift": "drift.md",
        "Data": "data.md",
        "Expectations": "expect.md",
        "Fairness": "fairness.md",
        "Wear": "wear.md",
        "Results of other tools": "imported.md",
        "Where a model came from": "lineage.md",
    },
    "Platform engineers": {
        "From one to forty models": "platform.md",
        "Two jobs": "jobs.md",
        "Branch protection": "branch-protection.md",
        "Forks": "forks.md",
        "Merge queue": "merge-queue.md",
        "Several models": "monorepo.md",
        "Bots and drafts": "bots.md",
        "Your own machines": "self-hosted.md",
        "An organisation": "organisation.md",
        "Enterprise Server": "enterprise-server.md",
        "Deploying": "deploying.md",
        "Serving": "serving.md",
        "Versions and aliases": "registry.md",
        "What is kept where": "privacy.md",
        "OIDC": "oidc.md",
        "Beside GitHub": "other-ci.md",
        "The container image": "container.md",
    },
    "Reference": {
        "mlgate.yaml": "configuration.md",
        "A run": "run.md",
        "Actions": "actions.md",
        "Publishing": "publishing.md",
        "Comments": "comment.md",
        "Security": "security.md",
        "Secrets": "secrets.md",
        "How it is built": "architecture.md",
    },
}
"""By reader: pages of docs/, each once."""
SETTINGS: Final = """\
[project]
site_name = "mlgate"
site_description = "CI/CD for machine-learning models, with verdicts that can be trusted"
repo_url = "{url}"
repo_name = "mlgate/mlgate"
docs_dir = "pages"
site_dir = "html"
use_directory_urls = false
nav = [
{nav}
]
[project.theme]
language = "en"
features = [
  "navigation.tabs", "navigation.tabs.sticky", "navigation.top", "navigation.footer", "search.highlight",
  "content.code.copy", "toc.follow",
]
font = false
[[project.theme.palette]]
media = "(prefers-color-scheme: light)"
scheme = "default"
[[project.theme.palette]]
media = "(prefers-color-scheme: dark)"
scheme = "slate"
[project.markdown_extensions.toc]
permalink = true
slugify = {{object = "pymdownx.slugs.slugify", kwds = {{case = "lower"}}}}
[project.markdown_extensions.tables]
[project.markdown_extensions.pymdownx.highlight]
[project.markdown_extensions.pymdownx.superfences]
"""
_FENCE: Final = re.compile(r"^( *)(```+).*?^\1\2 *$", re.MULTILINE | re.DOTALL)
_LINK: Final = re.compile(r"(\]\()\.\./([^)\s]*)(\))")


def pages() -> Iterator[tuple[str, str]]:
    """Yield the pages by their names on the site."""
    for path in sorted((ROOT / "docs").glob("*.md")):
        name = "index.md" if path.name == "README.md" else path.name
        yield name, page(path.read_text(encoding="utf-8"))


def page(text: str) -> str:
    """Return a page as the site has it: links that leave docs/ lead to the repository, lists are indented by 4."""
    parts, last, text = [], 0, _indented(text)
    for fence in _FENCE.finditer(text):
        parts += [_linked(text[last : fence.start()]), fence[0]]
        last = fence.end()
    return "".join([*parts, _linked(text[last:])])


def _indented(text: str) -> str:
    """Indent what belongs to an entry of a list by 4: Python-Markdown asks for it, GitHub takes either."""
    lines, width = [], 0
    for line in text.splitlines(keepends=True):
        entry = re.match(r"(\d+\.|[-*]) +", line)
        if width and line.startswith(" " * width):
            lines.append(" " * (4 - width) + line)
            continue
        width = min(len(entry[0]), 4) if entry else width if not line.strip() else 0
        lines.append(line)
    return "".join(lines)


def _linked(text: str) -> str:
    text = re.sub(r"\]\(README\.md", "](index.md", text)
    return _LINK.sub(lambda link: f"{link[1]}{_address(link[2])}{link[3]}", text)


def _address(target: str) -> str:
    path, _, heading = target.partition("#")
    kind = "tree" if (ROOT / path).is_dir() else "blob"
    return f"{URL}/{kind}/main/{path}{'#' if heading else ''}{heading}"


def settings() -> str:
    """Return zensical.toml, with every page in the navigation."""
    listed = {name for part in NAV.values() for name in part.values()}
    there = {path.name: path for path in sorted((ROOT / "docs").glob("*.md"))}
    rest = {_heading(path): name for name, path in there.items() if name not in listed}
    nav = []
    for reader, part in {**NAV, **({"More": rest} if rest else {})}.items():
        entries = ", ".join(
            f'{{"{title}" = "{name.replace("README", "index")}"}}' for title, name in part.items()
        )
        nav.append(f'  {{"{reader}" = [{entries}]}},')
    return SETTINGS.format(url=URL, nav="\n".join(nav))


def _heading(path: Path) -> str:
    """Return a page's first line, as a title in quotes."""
    return path.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ").replace('"', "'")


class _Page(HTMLParser):
    """The links and the anchors of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors = {""}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.anchors.add(values.get("id") or "")
        names = {"a": "href", "img": "src", "source": "srcset", "link": "href", "script": "src"}
        link = values.get(names.get(tag, ""))
        if link is not None:
            self.links.append(link)


def broken(site: Path) -> Iterator[str]:
    """Yield the links of a site to pages, files and headings that it does not have."""
    read = dict[Path, _Page]()
    for path in sorted(site.rglob("*.html")):
        read[path] = _Page()
        read[path].feed(path.read_text(encoding="utf-8"))
    for path, found in read.items():
        if path.name == "404.html":  # it is shown at any address
            continue
        for link in dict.fromkeys(found.links):
            if re.match(r"[a-z]+:|//", link):
                continue
            name, _, anchor = unquote(link).partition("#")
            target = (path.parent / name.partition("?")[0]).resolve() if name else path
            if target.is_dir():
                target /= "index.html"
            if not target.is_file():
                yield f"{path.name}: {link} leads to no file"
            elif target in read and anchor not in read[target].anchors:
                yield f"{path.name}: {link} leads to no heading"


def build(folder: Path) -> Path:
    """Build the site below a folder; return the folder of its pages. SystemExit where anything is wrong."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "pages").mkdir(parents=True)
    shutil.copytree(ROOT / "docs" / "images", folder / "pages" / "images")
    for name, text in pages():
        (folder / "pages" / name).write_text(text, encoding="utf-8")
    (folder / "zensical.toml").write_text(settings(), encoding="utf-8")
    zensical = Path(sys.executable).with_name("zensical")
    done = subprocess.run(
        [zensical, "build", "--strict"], cwd=folder, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    wrong = list(broken((folder / "html").resolve()))
    if wrong:
        sys.exit("\n".join(wrong))
    return folder / "html"


if __name__ == "__main__":
    print(build(ROOT / "build" / "site"))
