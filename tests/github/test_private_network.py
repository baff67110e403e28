"""An Enterprise Server with certificates of its own authority, behind a proxy: really so, on loopback."""

from __future__ import annotations

import shutil
import subprocess
import sys
import urllib.parse
from pathlib import Path

import pytest
from local_github import NAME, TOKEN, running
from private_network import PrivateAuthority, encrypted, proxy

from mlgate.errors import ForgeError, UsageError
from mlgate.forges import connect
from mlgate.forges.data import Place

PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY")
CERTIFICATES = (
    "SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE",
)  # fmt: skip


@pytest.fixture(autouse=True)
def _nothing_of_this_machine(monkeypatch):
    for name in (*PROXIES, *CERTIFICATES):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def authority(tmp_path):
    return PrivateAuthority(tmp_path)


@pytest.fixture
def local():
    with running(validate=False) as local:
        yield local


@pytest.fixture
def server(local, authority):
    """The played GitHub, encrypted; gives its gate."""
    with encrypted(_port(local.server.url), authority.server()) as gate:
        local.server.service.api = f"https://localhost:{gate.port}/api/v3"
        yield gate


def _port(url):
    return urllib.parse.urlsplit(url).port


def environ(gate, **more):
    return {
        "GITHUB_REPOSITORY": NAME,
        "GITHUB_TOKEN": TOKEN,
        "GITHUB_API_URL": f"https://localhost:{gate.port}/api/v3",
        "GITHUB_SERVER_URL": f"https://localhost:{gate.port}",
        **more,
    }


def read(gate, monkeypatch, **more):
    """Read the comments in the environment of a job."""
    for name, value in more.items():
        monkeypatch.setenv(name, str(value))
    forge = connect("github", environ(gate, **{name: str(value) for name, value in more.items()}))
    forge.patience.attempts, forge.patience.sleep = 1, lambda _: None
    return list(forge.comments.all(Place.pull(1)))


@pytest.mark.parametrize("name", [name for name in CERTIFICATES if name != "SSL_CERT_DIR"])
def test_an_authority_that_a_variable_names_is_trusted(name, server, authority, monkeypatch):
    assert read(server, monkeypatch, **{name: authority.file}) == []


def test_so_are_those_of_a_folder(server, authority, monkeypatch, tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    done = subprocess.run(
        ["openssl", "x509", "-hash", "-noout", "-in", authority.file],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    shutil.copy(authority.file, folder / f"{done.stdout.strip()}.0")
    assert read(server, monkeypatch, SSL_CERT_DIR=f"/nonexistent:{folder}") == []


def test_one_of_several_variables_is_enough(server, authority, monkeypatch, tmp_path):
    other = PrivateAuthority(tmp_path, "Other")
    read(server, monkeypatch, SSL_CERT_FILE=other.file, NODE_EXTRA_CA_CERTS=authority.file)


def test_without_one_the_error_says_what_to_set_and_nothing_is_sent(server, local, monkeypatch):
    with pytest.raises(ForgeError, match="certificate is not trusted") as raised:
        read(server, monkeypatch)
    assert "SSL_CERT_FILE" in str(raised.value)
    assert local.requests == []


def test_a_certificate_that_has_expired_is_not_trusted(local, authority, monkeypatch):
    with (
        encrypted(_port(local.server.url), authority.server(days=-1)) as gate,
        pytest.raises(ForgeError, match="certificate is not trusted"),
    ):
        read(gate, monkeypatch, SSL_CERT_FILE=authority.file)


@pytest.mark.parametrize("name", CERTIFICATES)
@pytest.mark.parametrize("content", [None, b"", b"rubbish", b"\x00\xff"])
def test_a_variable_that_names_no_certificates_is_a_usage_error(
    name, content, server, monkeypatch, tmp_path
):
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(UsageError, match=name):
        read(server, monkeypatch, **{name: file})


class TestProxy:
    @pytest.fixture(autouse=True)
    def _trusted(self, authority, monkeypatch):
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))

    @pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
    def test_is_used_and_sees_neither_token_nor_path(
        self, name, server, authority, monkeypatch, local
    ):
        with proxy() as between:
            url = f"http://127.0.0.1:{between.port}"
            assert read(server, monkeypatch, SSL_CERT_FILE=authority.file, **{name: url}) == []
            assert between.seen == [f"CONNECT localhost:{server.port} HTTP/1.{between.seen[0][-1]}"]
            assert len(local.requests) == 1

    def test_is_passed_by_for_what_no_proxy_names(self, server, authority, monkeypatch):
        with proxy() as between:
            url = f"http://127.0.0.1:{between.port}"
            more = {"HTTPS_PROXY": url, "NO_PROXY": "localhost", "SSL_CERT_FILE": authority.file}
            assert read(server, monkeypatch, **more) == []
            assert between.seen == []

    def test_gets_the_login_of_its_address(self, server, authority, monkeypatch):
        with proxy(login="ada:pa55") as between:
            url = f"http://ada:pa55@127.0.0.1:{between.port}"
            read(server, monkeypatch, HTTPS_PROXY=url, SSL_CERT_FILE=authority.file)
            assert between.logins == ["ada:pa55"]

    @pytest.mark.parametrize("address", ["login", "closed", "rubbish"])
    def test_that_does_not_let_through_is_named_without_its_password(
        self, address, server, authority, monkeypatch
    ):
        with proxy(login="ada:pa55") as between:
            urls = {
                "login": f"http://ada:wr0ng@127.0.0.1:{between.port}",
                "closed": "http://ada:wr0ng@127.0.0.1:9",
                "rubbish": "http://ada:wr0ng@",
            }
            with pytest.raises(ForgeError, match="could not read comments") as raised:
                read(server, monkeypatch, HTTPS_PROXY=urls[address], SSL_CERT_FILE=authority.file)
            assert "wr0ng" not in str(raised.value)
            assert "HTTPS_PROXY" in str(raised.value)


@pytest.mark.parametrize("trusted", [True, False])
def test_a_command_of_its_own_process_comments_through_proxy_and_authority(
    trusted, server, authority, local, tmp_path
):
    file = tmp_path / "a.md"
    file.write_text("Hello.\n")
    with proxy() as between:
        more = {"HTTPS_PROXY": f"http://127.0.0.1:{between.port}", "PATH": "/usr/bin:/bin"}
        if trusted:
            more["NODE_EXTRA_CA_CERTS"] = str(authority.file)
        done = subprocess.run(
            [Path(sys.executable).parent / "mlgate", "comment", file, "--target", "pr/1", "--key", "k"],
            cwd=tmp_path, env=environ(server, **more), capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert between.seen
    if trusted:
        assert (done.returncode, len(local.bodies())) == (0, 1), done.stderr
    else:
        assert (done.returncode, local.bodies()) == (3, []), done.stderr
        assert "SSL_CERT_FILE" in done.stderr
