"""Tables that lie elsewhere, brought here once: `s3://…` by pyarrow, `postgres://…` by psycopg.

DuckDB would load an extension from the network for either, which a locked-down runner has not.
"""

# ruff: noqa: S608  (names and values in SQL are quoted by `ident` and `literal`)

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, urlsplit, urlunsplit

from mlgate.config import s3
from mlgate.errors import DataError, UnreadableError
from mlgate.inputs.extras import needed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SCHEMES: Final = ("s3", "postgres", "postgresql")
_WILD: Final = re.compile(r"[*?\[]")
_SQLSTATE: Final = (
    "what the codes mean: https://www.postgresql.org/docs/current/errcodes-appendix.html"
)
_TYPES: Final = {
    "BOOLEAN": (16,),
    "BIGINT": (20, 21, 23, 26),
    "DOUBLE": (700, 701, 1700, 790),
    "DATE": (1082,),
    "TIMESTAMP": (1114, 1184),
}
"""DuckDB's type for PostgreSQL's type numbers (pg_type.dat); anything else is text."""


def scheme(setting: str) -> str | None:
    """Return the scheme of an address that this module can fetch; None of a path."""
    prefix = setting.partition("://")[0].lower() if "://" in setting else ""
    return prefix if prefix in SCHEMES else None


def fetch(address: str, scratch: Path, key: str, environ: Mapping[str, str]) -> tuple[Path, ...]:
    """Bring a table here.

    Parameters
    ----------
    address
        `s3://bucket/key`, with wildcards in the key; or
        `postgres://user:password@host/database?table=schema.name`, or `?query=SELECT …`.
    key
        The configuration's key, for messages, which never show the address.

    Raises
    ------
    DataError
        When it cannot be reached, or is not there.
    """
    if scheme(address) == "s3":
        return _from_s3(address, scratch, key, environ)
    return (_from_postgres(address, scratch, key),)


def _from_s3(address: str, scratch: Path, key: str, environ: Mapping[str, str]) -> tuple[Path, ...]:
    with needed(f"{key}: s3://…", "pyarrow", "s3"):
        import pyarrow as pa
        from pyarrow import fs
    bucket, _, name = address.partition("://")[2].partition("/")
    if not bucket or not name:
        msg = f"{key}: expected s3://bucket/key"
        raise DataError(msg, unquoted=msg)
    try:
        store = fs.S3FileSystem(**s3.options(environ))
        names = _s3_names(store, f"{bucket}/{name}")
        if not names:
            msg = f"{key}: no object of the bucket {bucket!r} matches {name!r}"
            raise DataError(msg, unquoted=msg)
        return tuple(_download(store, name, scratch) for name in names)
    except (OSError, pa.ArrowException) as error:
        msg = f"{key}: the bucket {bucket!r} cannot be read{s3.code(error)}"
        raise UnreadableError(msg, hint=s3.HINT) from None


def _s3_names(store: Any, name: str) -> list[str]:
    from fnmatch import fnmatchcase

    from pyarrow import fs

    if not _WILD.search(name):
        return [name] if store.get_file_info(name).type == fs.FileType.File else []
    folder = name[: _WILD.search(name).start()].rpartition("/")[0]  # type: ignore[union-attr]
    listed = store.get_file_info(fs.FileSelector(folder, recursive=True, allow_not_found=True))
    files = [info.path for info in listed if info.type == fs.FileType.File]
    return sorted(path for path in files if fnmatchcase(path, name))


def _download(store: Any, name: str, scratch: Path) -> Path:
    import shutil

    target = scratch / f"{len(list(scratch.iterdir()))}-{name.rpartition('/')[2]}"
    with store.open_input_stream(name) as source, target.open("wb") as file:
        shutil.copyfileobj(source, file, 1 << 20)
    return target


def _from_postgres(address: str, scratch: Path, key: str) -> Path:
    with needed(f"{key}: PostgreSQL", "psycopg", "postgres"):
        import psycopg
    where, query = _address_and_query(address, key)
    number = len(list(scratch.iterdir()))
    rows, target = scratch / f"{number}-rows.csv", scratch / f"{number}-rows.parquet"
    try:
        with psycopg.connect(where, options="-c default_transaction_read_only=on") as connection:
            columns = _copy_out(connection, query, rows)
    except psycopg.OperationalError as error:
        why = f" ({error.sqlstate})" if error.sqlstate else ""
        msg = f"{key}: PostgreSQL cannot be reached, or refuses this login{why}"
        raise UnreadableError(msg, hint="Give the job the database's address and login") from None
    except psycopg.Error as error:
        msg = f"{key}: PostgreSQL cannot answer: {type(error).__name__} ({error.sqlstate or 'no code'})"
        raise DataError(msg, hint=_SQLSTATE, unquoted=msg) from None
    _to_parquet(rows, target, columns)
    rows.unlink()
    return target


def _address_and_query(address: str, key: str) -> tuple[str, Any]:
    """Return the address of the database, and what to read from it."""
    from psycopg import sql

    parts = urlsplit(address)
    options = parse_qs(parts.query)
    table, query = (options.pop(name, [""])[0] for name in ("table", "query"))
    if bool(table) == bool(query):
        msg = f"{key}: expected postgres://…/database?table=NAME, or ?query=SELECT …"
        raise DataError(msg)
    kept = "&".join(f"{name}={value}" for name, values in options.items() for value in values)
    where = urlunsplit(("postgresql", parts.netloc, parts.path, kept, ""))
    if query:
        return where, sql.SQL(query)
    return where, sql.SQL("SELECT * FROM {}").format(sql.Identifier(*table.split(".")))


def _copy_out(connection: Any, query: Any, rows: Path) -> dict[str, str]:
    """Write the rows as delimited text, and give the type of each column."""
    from psycopg import sql

    kinds = {number: name for name, numbers in _TYPES.items() for number in numbers}
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("SELECT * FROM ({}) AS asked LIMIT 0").format(query))
        columns = {
            column.name: kinds.get(column.type_code, "VARCHAR") for column in cursor.description
        }
        command = sql.SQL("COPY ({}) TO STDOUT (FORMAT csv, FORCE_QUOTE *)").format(query)
        with cursor.copy(command) as copy, rows.open("wb") as file:
            for part in copy:
                file.write(part)
    return columns


def _to_parquet(rows: Path, target: Path, columns: Mapping[str, str]) -> None:
    """Return the text its types back; a missing value is unquoted, an empty text is quoted."""
    from mlgate.inputs.sources import connect, ident, literal

    fields = ", ".join(f"{literal(f'c{i}')}: {literal(t)}" for i, t in enumerate(columns.values()))
    named = ", ".join(f"c{i} AS {ident(name)}" for i, name in enumerate(columns))
    connection = connect([rows, target])
    try:
        connection.execute(
            f"COPY (SELECT {named} FROM read_csv({literal(str(rows))}, auto_detect=false, "
            f"header=false, delim=',', quote='\"', escape='\"', nullstr='', "
            f"allow_quoted_nulls=false, columns={{{fields}}})) "
            f"TO {literal(str(target))} (FORMAT parquet)"
        ).fetchall()
    finally:
        connection.close()
