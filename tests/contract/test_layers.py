"""What import-linter does not see: who reads the environment, and who knows whose variables."""

from __future__ import annotations

from pathlib import Path

SRC = Path(__file__).parents[2] / "src" / "mlgate"
TEMPLATES = {"pipeline/init/clues.py"}
"""Modules with texts for workflow files."""


def naming(text: str, *rooms: str) -> set[str]:
    """Return the modules outside of some rooms whose source holds a text."""
    modules = {path.relative_to(SRC).as_posix(): path for path in SRC.rglob("*.py")}
    return {
        name
        for name, path in modules.items()
        if not name.startswith(rooms) and text in path.read_text(encoding="utf-8")
    }


def test_variables_of_github_are_known_to_ci_and_forges_alone() -> None:
    assert naming("GITHUB_", "ci/", "forges/", "demo/") <= TEMPLATES


def test_the_environment_is_read_by_the_command_line_and_ci_alone() -> None:
    assert naming("os.environ", "cli/", "ci/") <= {"git.py"}  # what git itself inherits
    assert naming("os.getenv", "cli/", "ci/") == set()


def test_only_the_command_line_imports_the_demo() -> None:
    assert naming("mlgate.demo", "cli/", "demo/") == set()


def test_the_page_names_every_room() -> None:
    page = (SRC.parents[1] / "docs" / "architecture.md").read_text(encoding="utf-8")
    table = "".join(line.split("|")[1] for line in page.splitlines() if line.startswith("| `"))
    rooms = {
        f"{path.name}/" if path.is_dir() else path.name
        for path in SRC.iterdir()
        if path.name[0] != "_" and path.suffix in ("", ".py")
    }
    assert {room for room in rooms if f"`{room}" not in table} == set()
