"""Patterns of `when.paths`, with the examples of GitHub's "filter pattern cheat sheet"."""

from __future__ import annotations

import pytest

from mlgate.config.path_filter import PathFilter, only_excludes, problem


def takes(path: str, *patterns: str, folder: str = ".") -> bool:
    assert [problem(pattern) for pattern in patterns] == [None] * len(patterns)
    return PathFilter.of(patterns, folder).takes(path)


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("*", "README.md", True),
        ("*", "docs/README.md", False),
        ("**", "all/the/files.md", True),
        ("*.js", "app.js", True),
        ("*.js", "js/index.js", False),
        ("**.js", "index.js", True),
        ("**.js", "src/js/app.js", True),
        ("docs/*", "docs/README.md", True),
        ("docs/*", "docs/mona/octocat.txt", False),
        ("docs/**", "docs/mona/octocat.txt", True),
        ("docs/**/*.md", "docs/README.md", True),
        ("docs/**/*.md", "docs/mona/hello-world.md", True),
        ("docs/**/*.md", "docs/a/markdown/file.md", True),
        ("**/docs/**", "docs/hello.md", True),
        ("**/docs/**", "dir/docs/my-file.txt", True),
        ("**/docs/**", "space/docs/plan/space.doc", True),
        ("**/README.md", "js/README.md", True),
        ("**/README.md", "README.md", True),
        ("**/*src/**", "a/src/app.js", True),
        ("**/*src/**", "my-src/code/js/app.js", True),
        ("**/*-post.md", "path/their-post.md", True),
        ("**/migrate-*.sql", "db/sept/migrate-v1.sql", True),
        ("[CB]at", "Cat", True),
        ("[CB]at", "Rat", False),
        ("[1-2]00", "200", True),
        ("v[0-9]/**", "vx/a", False),
        ("a**/b", "ab", False),
        ("src", "src/deep/train.py", True),
        ("src", "src", True),
        ("src", "srcs/train.py", False),
        ("src/", "src/deep/train.py", True),
        ("**/src", "a/src/b.py", True),
        ("models/*/data", "models/a/data/x.csv", True),
        (r"a\*b", "a*b", True),
        (r"a\*b", "axb", False),
        (r"c\+\+", "c++/x.cc", True),
        (r"what\?", "what?", True),
        ("a.b", "axb", False),
        ("**/x", "line\nbreak/x", True),
    ],
)
def test_a_pattern(pattern: str, path: str, expected: bool) -> None:
    assert takes(path, pattern) is expected


@pytest.mark.parametrize(
    ("path", "patterns", "expected"),
    [
        ("hello.md", ("*.md", "!README.md"), True),
        ("README.md", ("*.md", "!README.md"), False),
        ("README.md", ("*.md", "!README.md", "README*"), True),
        ("README.doc", ("*.md", "!README.md", "README*"), True),
        ("docs/a.md", ("**", "!docs"), False),
        ("docs", ("**", "!docs/**"), True),
        ("x", ("!x", "**"), True),
        ("x", (), False),
    ],
)
def test_the_last_pattern_that_matches_decides(
    path: str, patterns: tuple[str, ...], expected: bool
) -> None:
    assert takes(path, *patterns) is expected


def test_patterns_are_relative_to_the_folder_of_the_configuration() -> None:
    assert takes("models/churn/train.py", "*.py", folder="models/churn")
    assert not takes("train.py", "*.py", folder="models/churn")
    assert takes("models/shared/x.py", "../shared/**", folder="models/churn")
    assert takes("anywhere", "**", folder="models/churn")
    assert not takes("anywhere", "./**", folder="models/churn")
    assert takes("a[b]*/x", "x", folder="a[b]*")
    assert not takes("abc/x", "x", folder="a[b]*")


@pytest.mark.parametrize(
    ("pattern", "fix"),
    [
        ("**/*.{py,txt}", "write '**/*.py', '**/*.txt'"),
        ("!src/{a,b}", "write '!src/a', '!src/b'"),
        ("@(error|train).*", "write 'error.*', 'train.*'"),
        ("src/!(docs|tests)/**", "write 'src/*/**', '!src/docs/**', '!src/tests/**'"),
        ("*(a)", "write 'a'"),
        ("errors?.txt", r"write `*`, a set such as [0-9], or `\?` for the character itself"),
        ("er+or.txt", r"write `*`, a set such as [0-9], or `\+` for the character itself"),
        ("a{b", r"write `\{` for the character itself"),
    ],
)
def test_another_dialect_is_refused_with_the_pattern_to_write(pattern: str, fix: str) -> None:
    found = problem(pattern)
    assert found is not None
    assert found[1] == fix


@pytest.mark.parametrize("pattern", ["[!a]", "[^a]", "[]", "[a", "[a-Z]", "[a/b]", "x\\", "/", "!"])
def test_what_means_nothing_is_refused(pattern: str) -> None:
    assert problem(pattern) is not None


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [
        (("vendor/lib/**",), True),
        (("vendor/lib/src/*.py",), True),
        (("vendor",), True),
        (("vendor/*",), True),
        (("**/*.py",), True),
        (("**.py",), True),
        (("*.py",), False),
        (("vendor/library/**",), False),
        (("vendor/lib/**", "!vendor/lib/docs/**"), True),
        (("**", "!vendor/**"), False),
        (("**", "!vendor"), False),
        (("**", "!vendor/**", "vendor/lib/core/**"), True),
        (("**", "!vendor/lib/*"), True),
    ],
)
def test_a_submodule_counts_as_everything_below_it(
    patterns: tuple[str, ...], expected: bool
) -> None:
    assert PathFilter.of(patterns).takes_below("vendor/lib") is expected


def test_what_takes_everything() -> None:
    assert PathFilter.of(["**"]).takes_everything
    assert PathFilter.of(["!docs", "**"]).takes_everything
    assert not PathFilter.of(["**", "!docs"]).takes_everything
    assert not PathFilter.of(["./**"], "models/a").takes_everything


def test_exclusions_alone_take_nothing_in() -> None:
    assert only_excludes(["!docs/**"])
    assert not only_excludes(["**", "!docs/**"])


def test_patterns_that_match_nothing() -> None:
    paths = PathFilter.of(["src/**", "lib/x/*.py", "!doc/**", "data"])
    assert list(paths.unmatched(["src/a.py", "data/b.csv"], ["lib"])) == ["!doc/**"]
