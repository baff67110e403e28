"""What looks like a credential, and what only sounds like one."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

from mlgate.credentials import looks_like_one, names_in

if TYPE_CHECKING:
    from collections.abc import Callable

NAMES = [
    "AWS_SECRET_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_SESSION_TOKEN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "WANDB_API_KEY",
    "GITHUB_TOKEN",
    "GH_PAT",
    "HF_TOKEN",
    "API_TOKEN2",
    "CI_JOB_TOKEN",
    "NPM_AUTH",
    "MY_KEY",
    "SSHKEY",
    "apiKey",
    "DB_PASSWORD",
    "PGPASSWORD",
    "DB_PASS",
    "DB_PWD",
    "DB_PW",
    "PGPASS",
    "DBPWD",
    "ROOTPW",
    "SENTRY_DSN",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "TOKEN",
    "KEY",
    "SECRET",
    "INPUT_GITHUB-TOKEN",
    "SLACK_WEBHOOK_URL",
    "AZURE_STORAGE_CONNECTION_STRING",
    "CLIENTSECRET",
    "KAGGLE_KEY",
    "SSH_PRIVATE_KEY",
    "SSH_AUTH_SOCK",
    "ACTIONS_RUNTIME_TOKEN",
    "MLFLOW_TRACKING_PASSWORD",
    "DEPLOY_KEY_FILE",
    "AUTHORIZATION",
    "SESSION_COOKIE",
    "OPENAI_API_KEYS",
    "my.api-token",
    "KUBE_CONFIG_DATA",
]
HARMLESS = [
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_PROFILE",
    "KEYBOARD",
    "TOKENIZERS_PARALLELISM",
    "TOKENIZER",
    "PATH",
    "HOME",
    "PWD",
    "OLDPWD",
    "MONKEYPATCH",
    "BYPASS",
    "COMPASS",
    "XAUTHORITY",
    "KEY_DIM",
    "PASSES",
    "AUTHOR",
    "GIT_AUTHOR_NAME",
    "PATTERN",
    "DISPLAY",
    "COOKIECUTTER_X",
    "SECRETARY",
    "GITHUB_REPOSITORY",
    "GITHUB_SHA",
    "RUNNER_TEMP",
    "CUDA_VISIBLE_DEVICES",
    "PYTHONPATH",
]
VALUES = (
    "https://user:pw@example.org/simple", "https://0123456789abcdefghij@example.org/simple",
    "postgresql://model:pw@db/rows", "redis://:pw@cache",
    "https://account.blob.example.org/x?sv=1&sig=abcdefgh", "ghp_0123456789abcdefgh",
    "github_pat_0123456789abcdefgh", "glpat-0123456789abcdef", "xoxb-0123456789-abc",
    "sk-proj-abcdefghij0123456789", "sk-abcdefghij0123456789", "sk_live_abcdefgh",
    "AKIAABCDEFGHIJKLMNOP", "hf_abcdefghij0123456789", f"AIza{'x' * 35}", "pypi-AgEIcHlwaS5vcmc",
    "-----BEGIN RSA PRIVATE KEY-----\nMII", "eyJhbGciOi.eyJzdWIiOi.c2ln", '{"private_key": "x"}',
    '{"auths": {"registry.example": {"auth": "bWU6c2VjcmV0"}}}',
    "Bearer abcdefghijklmnop", "AUTHORIZATION: basic eC1hY2Nlc3MtdG9rZW46",
)  # fmt: skip
PLAIN = (
    "https://example.org/a:b@c", "http://[::1]:8080/", "git@github.com:octo/model.git",
    "/home/me:/work@2", "sk-learn-pipeline-with-scaler", "task-12345678901234567890",
    "ssh://git@example.org/a", "s3://bucket/user@2026", "https://example.org/a-long-name@v1",
    "risk-averse-long-word-abcdef", "basic functionality", "2026-01-01T00:00:00", "hf_hub", "a=b",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_name_says_that_it_is_a_credential(name: str) -> None:
    assert looks_like_one(name, "whatever1")


@pytest.mark.parametrize("name", HARMLESS)
def test_a_name_that_only_sounds_like_one(name: str) -> None:
    assert not looks_like_one(name, "whatever1")


@pytest.mark.parametrize("value", VALUES)
def test_a_value_says_so_whatever_it_is_called(value: str) -> None:
    assert looks_like_one("X", value)
    assert looks_like_one("X", f"in a text: {value}" if value[0] != "B" else value)


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode, base64.encodebytes])
@pytest.mark.parametrize(
    "text",
    [
        '{"type": "service_account", "private_key": "-----BEGIN PRIVATE KEY-----\\n"}',
        "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaA==\n",
        "machine example.org\n  login me\n  password 0123\n",
        "users: [{user: {client-key-data: LS0t}}]",
    ],
)
def test_the_base64_of_a_file_of_keys(text: str, encode: Callable[[bytes], bytes]) -> None:
    value = encode(text.encode()).decode()
    assert looks_like_one("X", text)
    assert looks_like_one("X", value)
    assert looks_like_one("X", value.rstrip("=\n"))


@pytest.mark.parametrize(
    "text", ["only some text that means nothing", "\0\1\xff" * 30, '{"public_key": "x"}' * 3]
)
def test_the_base64_of_anything_else_is_none(text: str) -> None:
    assert not looks_like_one("X", base64.b64encode(text.encode("latin-1")).decode())


@pytest.mark.parametrize("value", PLAIN)
def test_a_value_that_is_none(value: str) -> None:
    assert not looks_like_one("X", value)


@pytest.mark.parametrize(
    ("name", "value"),
    [("MAX_TOKENS", "512"), ("NUM_KEYS", "8"), ("USE_TOKEN", "true"), ("KEY", "")],
)
def test_numbers_of_things_and_truth_values_are_none(name: str, value: str) -> None:
    assert not looks_like_one(name, value)


def test_copies_are_found_whole_and_within_other_values() -> None:
    environ = {
        "HF_TOKEN": "0123456789abcdefgh",
        "COPY": "0123456789abcdefgh",
        "URL": "https://example.org/0123456789abcdefgh/x",
        "OTHER": "0123456789",
    }
    assert names_in(environ) == {"HF_TOKEN", "COPY", "URL"}


def test_a_credential_that_is_a_path_takes_no_search_path_with_it() -> None:
    environ = {
        "DEPLOY_KEY": "/home/runner/deploy",
        "PATH": "/home/runner/deploy/bin:/usr/bin",
        "DATA": "/home/runner/deploy/data",
    }
    assert names_in(environ) == {"DEPLOY_KEY"}
