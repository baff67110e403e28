# mlgate as an image: for other forges, schedulers and machines without a Python of their own.
# The user's training runs elsewhere: this image judges, reports and publishes.
#
#   docker build --tag mlgate .
#   docker run --rm -v "$PWD:/repository" --user "$(id -u)" mlgate run --no-train
#
# Any base with Python ≥ 3.11 and Debian's apt does: --build-arg BASE=…
ARG BASE=python:3.13-slim-trixie

FROM ${BASE} AS build
WORKDIR /src
COPY requirements/build.txt requirements/full.txt requirements/
RUN python3 -m venv /build \
 && /build/bin/python -m pip install --quiet --no-cache-dir --require-hashes -r requirements/build.txt \
 && python3 -m venv --without-pip /opt/mlgate \
 && /build/bin/python -m pip --python /opt/mlgate/bin/python install --quiet --no-cache-dir \
      --require-hashes -r requirements/full.txt
COPY pyproject.toml README.md LICENSE NOTICE CHANGELOG.md ./
COPY src src
COPY schema schema
COPY examples examples
RUN /build/bin/python -m pip wheel --quiet --no-cache-dir --no-deps --no-build-isolation --wheel-dir /wheel . \
 && /build/bin/python -m pip --python /opt/mlgate/bin/python install --quiet --no-cache-dir --no-deps /wheel/*.whl

FROM ${BASE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="mlgate" \
      org.opencontainers.image.description="CI/CD for machine-learning models, with verdicts that can be trusted" \
      org.opencontainers.image.source="https://github.com/mlgate/mlgate" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# hadolint ignore=DL3008
RUN apt-get update -qq \
 && apt-get install -y -qq --no-install-recommends ca-certificates git \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 1000 --create-home mlgate
COPY --from=build /opt/mlgate /opt/mlgate
# A mounted repository belongs to another user: git must be told that this is meant.
RUN git config --system --add safe.directory '*'
ENV PYTHONUNBUFFERED=1 PATH=/opt/mlgate/bin:$PATH
USER 1000
WORKDIR /repository
ENTRYPOINT ["mlgate"]
CMD ["--help"]
