"""Tables that lie elsewhere: a real S3 protocol server, a real PostgreSQL."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mlgate.config import describe_place, s3
from mlgate.errors import DataError
from mlgate.inputs import remote
from mlgate.pipeline.judging.references import trusting
from mlgate.pipeline.measuring.run_inputs import Tables


@pytest.fixture(scope="module")
def store(request):
    """The environment of an AWS client whose bucket holds two tables."""
    environ = request.getfixturevalue("s3") | {"BUCKET": "models"}
    from pyarrow import fs

    files = fs.S3FileSystem(**s3.options(environ), allow_bucket_creation=True)
    files.create_dir("models")
    for part in (1, 2):
        out = pa.BufferOutputStream()
        pq.write_table(pa.table({"x": np.arange(part * 3.0), "l": ["a"] * part * 3}), out)
        with files.open_output_stream(f"models/day/part-{part}.parquet") as target:
            target.write(out.getvalue())
    with files.open_output_stream("models/rows.csv") as target:
        target.write(b"x,l\n1,a\n2.5,\n")
    return environ


@pytest.fixture
def tables(tmp_path, store):
    return Tables(tmp_path, tmp_path, trusting(store), {})


class TestS3:
    def test_one_object(self, tables):
        table = tables.open("s3://${env:BUCKET}/day/part-2.parquet", "data.path")
        assert table.rows == 6
        assert table.numbers("x").tolist() == [0, 1, 2, 3, 4, 5]
        assert list(tables.digests) == ["s3://${env:BUCKET}/day/part-2.parquet"]

    def test_wildcards_in_order(self, tables):
        table = tables.open("s3://models/day/part-*.parquet", "data.path")
        assert table.numbers("x").tolist() == [0, 1, 2, 0, 1, 2, 3, 4, 5]
        assert [part.partition(" ")[2] for part in table.parts] == [
            "(part-1.parquet)",
            "(part-2.parquet)",
        ]

    def test_delimited_text(self, tables):
        table = tables.open("s3://models/rows.csv", "data.path")
        assert dict(table.kinds) == {"x": "float", "l": "text"}
        assert table.coded("l").codes.tolist() == [0, -1]

    def test_what_is_not_there(self, tables):
        with pytest.raises(
            DataError, match=r"data.path: no object of the bucket 'models' matches 'no.parquet'"
        ):
            tables.open("s3://models/no.parquet", "data.path")
        with pytest.raises(DataError, match="no object of the bucket 'models' matches"):
            tables.open("s3://models/none/*.parquet", "data.path")
        with pytest.raises(DataError, match="expected s3://bucket/key"):
            tables.open("s3://models", "data.path")

    def test_a_server_that_is_not_there(self, tmp_path, store):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            environ = store | {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{taken.getsockname()[1]}"}
            with pytest.raises(DataError, match="the bucket 'models' cannot be read"):
                Tables(tmp_path, tmp_path, trusting(environ), {}).open(
                    "s3://models/rows.csv", "data.path"
                )


class TestAddresses:
    def test_schemes(self):
        assert remote.scheme("s3://b/k") == "s3"
        assert remote.scheme("postgresql://h/d?table=t") == "postgresql"
        assert remote.scheme("https://x/y") is None
        assert remote.scheme("data/train.csv") is None

    def test_nothing_secret_is_told(self):
        address = "postgres://me:secret@host:5432/db?table=a.b&password=hidden"
        assert describe_place(address) == "postgres://host:5432/db?table=a.b"

    @pytest.mark.parametrize("query", ["", "?table=", "?table=a&query=SELECT+1"])
    def test_what_to_read_must_be_said_once(self, tmp_path, query):
        with pytest.raises(
            DataError, match=r"data.path: expected postgres://…/database\?table=NAME"
        ):
            remote.fetch(f"postgres://h/d{query}", tmp_path, "data.path", {})

    def test_no_server(self, tmp_path):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            address = f"postgres://me:hunter2@127.0.0.1:{taken.getsockname()[1]}/d?table=t"
            with pytest.raises(
                DataError, match=r"PostgreSQL cannot be reached, or refuses"
            ) as caught:
                remote.fetch(address, tmp_path, "data.path", {})
        assert "hunter2" not in str(caught.value)


def _program(name: str) -> str:
    found = shutil.which(name) or next(
        iter(sorted(map(str, Path("/usr/lib/postgresql").glob(f"*/bin/{name}")))), None
    )
    assert found, "apt-get install postgresql"
    return found


@pytest.fixture
def postgres(tmp_path_factory):
    """Start a server of its own, reached over TCP; as another user, because it refuses root."""
    user = (
        next((n for n in ("postgres", "nobody") if _exists(n)), None) if os.geteuid() == 0 else None
    )
    folder = Path("/tmp") / f"mlgate-postgres-{os.getpid()}"
    folder.mkdir()
    if user:
        os.chown(folder, pwd.getpwnam(user).pw_uid, -1)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    data, log = folder / "data", folder / "log"
    options = {"user": user, "cwd": folder, "stdout": subprocess.DEVNULL}
    password = folder / "password"
    password.write_text("hunter2")
    subprocess.run(
        [
            _program("initdb"),
            "-D",
            data,
            "-U",
            "me",
            "-A",
            "scram-sha-256",
            "--pwfile",
            password,
            "--no-sync",
        ],
        check=True,
        **options,
    )
    start = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -F"
    control = _program("pg_ctl")
    subprocess.run(
        [control, "-D", data, "-l", log, "-w", "-o", start, "start"],
        check=True,
        **options,
    )
    yield f"postgres://me:hunter2@127.0.0.1:{port}/postgres"
    subprocess.run([control, "-D", data, "-m", "immediate", "stop"], check=True, **options)
    shutil.rmtree(folder)


def _exists(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


@pytest.mark.system
def test_postgres_with_its_types(postgres, tmp_path):
    import psycopg

    with psycopg.connect(postgres) as connection:
        connection.execute("CREATE SEQUENCE counter")
        connection.execute('CREATE SCHEMA "my data"')
        connection.execute(
            'CREATE TABLE "my data".people (age int, "net, pay" numeric, name text, ok boolean, '
            "seen timestamptz, born date)"
        )
        connection.execute(
            'INSERT INTO "my data".people VALUES '
            "(31, 10.5, 'a, \"b\"', true, '2026-01-01 00:00:00+00', '1990-01-02'), "
            "(NULL, 'NaN', '', false, NULL, NULL), (7, NULL, NULL, NULL, 'infinity', NULL)"
        )
    environ = {"PG": postgres}
    digests: dict[str, str] = {}
    tables = Tables(tmp_path, tmp_path, trusting(environ), digests)
    table = tables.open("${env:PG}?table=my data.people", "data.path")
    assert dict(table.kinds) == {
        "age": "integer", "net, pay": "float", "name": "text", "ok": "boolean",
        "seen": "datetime", "born": "datetime",
    }  # fmt: skip
    assert np.nan_to_num(table.numbers("age"), nan=-1).tolist() == [31, -1, 7]
    assert np.nan_to_num(table.numbers("net, pay"), nan=-1).tolist() == [10.5, -1, -1]
    coded = table.coded("name")
    assert [coded.levels[c] if c >= 0 else None for c in coded.codes] == ['a, "b"', "", None]
    assert table.numbers("born")[0] == 631_238_400
    assert "hunter2" not in str(digests)
    asked = tables.open(
        "${env:PG}?query=SELECT count(*) AS n FROM pg_database WHERE false", "data.path"
    )
    assert asked.numbers("n").tolist() == [0]
    with pytest.raises(DataError, match=r"PostgreSQL cannot answer: UndefinedTable \(42P01\)"):
        tables.open("${env:PG}?table=nothing", "data.path")
    with pytest.raises(DataError, match="ReadOnlySqlTransaction"):
        tables.open("${env:PG}?query=SELECT nextval('counter') AS n", "data.path")
