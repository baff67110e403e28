from __future__ import annotations

import pytest
import requests
from local_github import NAME

from mlgate.demo.github.gfm import to_html
from mlgate.forges.data import Annotation, CheckReport, Status
from mlgate.model.run_stamp import RunStamp


def page(local, path):
    answer = requests.get(f"{local.server.url}{path}", timeout=10)
    return answer.status_code, answer.text


class TestMarkdown:
    @pytest.mark.parametrize(
        "hostile",
        [
            "<script>alert(1)</script>",
            "<style>*{}</style>",
            '<img src="x" onerror="alert(1)">',
            "[a](javascript:alert(1))",
            '<a href="data:text/html,x">a</a>',
            "<svg onload=alert(1)></svg>",
            '<div style="position:fixed">x</div>',
            "<iframe src=https://example.org></iframe>",
        ],
    )
    def test_keeps_nothing_that_github_strips(self, hostile):
        html = to_html(hostile)
        for bad in (
            "<script",
            "<style",
            "onerror",
            "javascript:",
            "data:",
            "<svg",
            "style=",
            "<iframe",
        ):
            assert bad not in html

    def test_shows_what_github_shows(self):
        text = (
            "| a | b |\n|---|--:|\n| ~~x~~ | 1 |\n\n- [x] done\n\n> [!WARNING]\n> careful\n\n"
            "<details><summary>more</summary>\n\nbody\n\n</details>\n\n"
            '<picture><source media="(prefers-color-scheme: dark)" srcset="https://e.org/d.png">'
            '<img src="https://e.org/l.png" alt="plot"></picture>\n\n```mermaid\npie\n```'
        )
        html = to_html(text)
        for good in (
            '<td align="right">1</td>',
            "<del>x</del>",
            'type="checkbox"',
            'class="alert alert-warning"',
            "<summary>more</summary>",
            'srcset="https://e.org/d.png"',
            "GitHub draws this as a chart",
        ):
            assert good in html


class TestPages:
    def test_a_pull_request_shows_comments_checks_and_status(self, local_github):
        local_github.repo.comment(1, "Hello <script>x</script> **there**")
        posted = local_github.post("### ❌ blocked\n\nbecause")
        report = CheckReport(
            "gate",
            "blocked",
            "summary",
            conclusion="failure",
            stamp=RunStamp(1),
            annotations=(Annotation("mlgate.yaml", 3, 3, "failure", "worse <b>", "accuracy"),),
        )
        forge = local_github.forge()
        check = forge.checks.put(local_github.head, report)
        forge.statuses.put(local_github.head, Status("mlgate", "success", "fine"))
        status, text = page(local_github, f"/{NAME}/pull/1")
        assert status == 200
        assert f'id="issuecomment-{posted.id}"' in text
        assert "❌ blocked</h3>" in text
        assert "<strong>there</strong>" in text
        assert "<script" not in text
        assert "Some checks were not successful" in text
        assert "1 failing, 1 successful checks" in text
        status, text = page(local_github, check.url.removeprefix(local_github.server.url))
        assert status == 200
        assert "worse &lt;b&gt;" in text

    def test_the_list_of_pull_requests_leads_to_them(self, local_github):
        status, text = page(local_github, "/")
        assert status == 200
        assert f'href="/{NAME}/pull/1"' in text

    @pytest.mark.parametrize("path", ["/nothing", "/o/r/pull/1", f"/{NAME}/pull/99", "/x/<b>"])
    def test_what_is_not_there_is_said(self, local_github, path):
        status, text = page(local_github, path)
        assert status == 404
        assert "Not here" in text
        assert "<b>" not in text

    def test_a_picture_of_a_commit_is_shown(self, local_github):
        urls = local_github.forge().files.publish({"a.png": b"\x89PNG"}, "Add")
        answer = requests.get(urls["a.png"], timeout=10)
        assert (answer.content, answer.headers["Content-Type"]) == (b"\x89PNG", "image/png")
