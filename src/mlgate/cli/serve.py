"""`mlgate serve`."""

from __future__ import annotations

import signal
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mlgate.cli.settings import Settings, pass_settings
from mlgate.errors import ExitCode

if TYPE_CHECKING:
    from mlgate.serving.server import InferenceServer


@dataclass(frozen=True, slots=True)
class _ServeOptions:
    """The options of this command."""

    model: str
    name: str | None
    host: str
    port: int
    threads: int
    drain: float
    log: Path | None
    log_answers: bool
    keep_days: int


@click.command()
@click.argument("model")
@click.option("--name", help="What requests call it. [default: the file's or function's name]")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(1, 65_535), default=8000, show_default=True)
@click.option(
    "--threads", type=click.IntRange(min=1), default=1, show_default=True, help="For one request."
)
@click.option(
    "--drain",
    type=click.FloatRange(0, 3_600),
    default=5.0,
    show_default=True,
    help="Seconds between SIGTERM and the end, in which requests are still answered.",
)
@click.option(
    "--log", type=click.Path(path_type=Path, file_okay=False), help="Log requests in this folder."
)
@click.option("--log-answers", is_flag=True, help="Log the answers too. They may be personal data.")
@click.option(
    "--keep-days",
    type=click.IntRange(min=1),
    default=30,
    show_default=True,
    help="Remove older files of the log.",
)
@pass_settings
def command(settings: Settings, /, **options: Any) -> int:
    """Serve MODEL over HTTP: an ONNX file, or module:function.

    Speaks the Open Inference Protocol (/v2/models/NAME/infer), answers /v2/health/ready, and counts for
    Prometheus at /metrics. For a demo, tests and small teams. On SIGTERM it says that it is not ready,
    answers what still comes, and ends.
    """
    from mlgate.cli import out

    given = _ServeOptions(**options)
    server = _server(given)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1})
    serving.start()
    if settings.log_level not in ("error", "warning"):
        model = server.model
        out.tell(f"mlgate: {model.name} {model.version} on http://{given.host}:{given.port}")
    stopping.wait()
    server.stop()
    serving.join()
    return ExitCode.OK


def _server(given: _ServeOptions) -> InferenceServer:
    from mlgate.cli import out
    from mlgate.serving.models import load
    from mlgate.serving.request_log import RequestLog
    from mlgate.serving.server import InferenceServer, ServerOptions

    served = load(given.model, Path.cwd(), given.name, given.threads)
    log = None if given.log is None else RequestLog(given.log, given.keep_days)
    options = ServerOptions(given.host, given.port, given.drain, log, given.log_answers)
    return InferenceServer(served, options, lambda text: out.tell(f"mlgate: {text}"))
