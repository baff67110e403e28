"""A kernel knows no check by name: what a check adds is handed to it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import mlgate
from mlgate import checks

SOURCE = Path(mlgate.__file__).parent
KERNELS = ("config", "gates", "report")
FILES = [file for kernel in KERNELS for file in sorted((SOURCE / kernel).rglob("*.py"))]


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(SOURCE)))
def test_no_text_of_a_kernel_is_the_id_of_a_check(file):
    nodes = ast.walk(ast.parse(file.read_text()))
    texts = {node.value for node in nodes if isinstance(node, ast.Constant)}
    assert not texts & set(checks.names())


def test_every_page_is_for_the_evidence_of_its_check():
    for check, page in checks.pages().items():
        assert page.evidence.model_fields["check"].default == check
