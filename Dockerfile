# syntax=docker/dockerfile:1
# Three images from one file: `app` (web, workers, beat, one-time commands), `proxy` (Caddy with the console's
# static files inside, so that they always fit the code) and `pgbouncer`.
ARG PYTHON_IMAGE=python:3.11.14-slim-bookworm
ARG CADDY_IMAGE=caddy:2.10.2-alpine
ARG DEBIAN_IMAGE=debian:12.12-slim

FROM ${PYTHON_IMAGE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1
RUN python -m venv /venv
WORKDIR /app
COPY requirements-monitoring.lock ./
# Every package with its hash, Sentry and OpenTelemetry included; the tools of requirements-dev.lock stay out.
RUN /venv/bin/pip install --require-hashes --requirement requirements-monitoring.lock \
    && /venv/bin/python -m compileall -q /venv
COPY . .
# The key signs nothing: collectstatic only needs settings that load.
RUN SHOP_SECRET_KEY=only-to-collect-static-files SHOP_STATIC_ROOT=/app/static \
    /venv/bin/python manage.py collectstatic --noinput --verbosity 0 \
    && /venv/bin/python -m compileall -q /app

FROM ${PYTHON_IMAGE} AS app
RUN groupadd --gid 10001 jishi \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin jishi \
    && install -d -o 10001 -g 10001 -m 0755 /data /data/media \
    && install -d -o 10001 -g 10001 -m 0700 /data/backups /data/sandbox
COPY --from=build /venv /venv
COPY --from=build /app /app
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DATA=/data \
    SHOP_PROBE_DIR=/tmp \
    SHOP_STATIC_ROOT=/app/static
WORKDIR /app
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=6s --start-period=40s --retries=3 \
    CMD ["python", "-m", "shop.core.probe", "http", "http://127.0.0.1:8000/readyz"]
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "shop.wsgi:application"]

FROM ${CADDY_IMAGE} AS proxy
RUN mkdir -p /data /config /srv/media && chown -R 10001:10001 /data /config /srv/media
COPY deploy/Caddyfile /etc/caddy/Caddyfile
COPY --from=build /app/static /srv/static
USER 10001:10001
EXPOSE 8080 8443
CMD ["caddy", "run", "--config", "/etc/caddy/Caddyfile", "--adapter", "caddyfile"]

FROM ${DEBIAN_IMAGE} AS pgbouncer
RUN apt-get update \
    && apt-get install --yes --no-install-recommends pgbouncer postgresql-client \
    && rm -rf /var/lib/apt/lists/*
COPY --chmod=0755 deploy/pgbouncer/start.sh /usr/local/bin/start-pgbouncer
USER 10001:10001
EXPOSE 6432
CMD ["start-pgbouncer"]
