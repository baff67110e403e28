"""Make the README's pictures: the comment of the demo's blocked pull request, as GitHub shows it.

Run by `make pictures`; needs Chromium (`apt-get install chromium`).
"""

from __future__ import annotations

import base64
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import cmarkgfm
from cmarkgfm.cmark import Options
from playwright.sync_api import sync_playwright

from mlgate import checks
from mlgate.report import build, load, markdown
from mlgate.run_dir import RunDir

IMAGES = Path(__file__).with_name("images")
WIDTH = 900
COLOURS = {
    "light": ("#ffffff", "#1f2328", "#d1d9e0", "#f6f8fa", "#59636e"),
    "dark": ("#0d1117", "#f0f6fc", "#3d444d", "#151b23", "#9198a1"),
}
PAGE = """<!doctype html><style>
body {{ margin: 0; padding: 16px; background: {0}; color: {1};
  font: 14px/1.5 -apple-system, "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif }}
.comment {{ border: 1px solid {2}; border-radius: 6px }}
.head {{ background: {3}; color: {4}; padding: 8px 16px; border-bottom: 1px solid {2};
  border-radius: 6px 6px 0 0 }}
.head b {{ color: {1} }}
.body {{ padding: 16px }}
h3 {{ margin: 0 0 16px; font-size: 17.5px }}
table {{ border-collapse: collapse; margin-bottom: 16px; display: block; overflow: auto;
  width: max-content; max-width: 100% }}
ul {{ padding-left: 2em; margin: 0 0 16px }}
sub {{ font-size: 75% }}
a {{ color: #4493f8 }}
th, td {{ border: 1px solid {2}; padding: 6px 13px }}
tr:nth-child(2n) {{ background: {3} }}
code {{ background: {3}; padding: .2em .4em; border-radius: 6px; font-size: 85% }}
pre {{ background: {3}; padding: 16px; border-radius: 6px; overflow: auto }}
pre code {{ padding: 0; background: none }}
details {{ margin-bottom: 12px }}
</style>
<div class="comment"><div class="head"><b>github-actions</b> bot commented 1 minute ago</div>
<div class="body">{5}</div></div>"""


def main() -> None:
    """Play the demo and take both pictures."""
    with tempfile.TemporaryDirectory() as folder:
        mlgate = Path(sys.executable).with_name("mlgate")
        subprocess.run([mlgate, "demo", "--dir", f"{folder}/demo"], check=True)
        take(comment(Path(f"{folder}/demo/reports/regress")))


def comment(folder: Path) -> str:
    """Return the comment of a run, with its pictures inside, as HTML."""
    run_dir = RunDir(folder, checks.evidence_types())
    found = load.load(run_dir)
    report = build.build(found.run, found.verdict, found.evidence, checks.pages())
    urls = {
        figure.name: markdown.ImageUrls(
            *(data(run_dir.plots / f"{figure.name}-{theme}.png") for theme in COLOURS)
        )
        for figure in report.figures()
    }
    text = markdown.render([report], urls)
    return cmarkgfm.github_flavored_markdown_to_html(text, Options.CMARK_OPT_UNSAFE)


def data(image: Path) -> str:
    """Return an image as an address that holds it."""
    return f"data:image/png;base64,{base64.b64encode(image.read_bytes()).decode()}"


def take(body: str) -> None:
    """Take the picture of a comment in both themes."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        sys.exit("there is no Chromium: apt-get install chromium")
    IMAGES.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        for theme, colours in COLOURS.items():
            page = browser.new_page(viewport={"width": WIDTH, "height": 400}, color_scheme=theme)
            page.set_content(PAGE.format(*colours, body))
            page.screenshot(path=IMAGES / f"report-blocked-{theme}.png", full_page=True)
        browser.close()


if __name__ == "__main__":
    main()
