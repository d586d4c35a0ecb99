# The portal in a container: one image for the web process, the background process and what prepares them.
# Nothing in it belongs to the user it runs as; what is made at run time lies in the volume /srv/portal/var.
FROM python:3.11-slim-trixie AS build
WORKDIR /srv/portal
COPY scripts/bootstrap.sh scripts/build_assets.py scripts/
COPY requirements.txt package.json package-lock.json ./
RUN bash scripts/bootstrap.sh requirements.txt
# In an environment of its own: npm comes as a Python package and stays in this stage.
RUN python -m venv /tmp/assets && /tmp/assets/bin/python scripts/build_assets.py && rm -rf node_modules

FROM python:3.11-slim-trixie
# Pango draws the PDF files; the client programs of PostgreSQL are for backup and restore: those of Debian 13 are as
# new as the server of compose.yaml, which refuses older ones.
RUN apt-get update -qq \
  && apt-get install -y -qq --no-install-recommends \
    libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core postgresql-client \
  && rm -rf /var/lib/apt/lists/* \
  && useradd --system --uid 10001 --home-dir /srv/portal --shell /usr/sbin/nologin portal
WORKDIR /srv/portal
COPY --from=build /srv/portal/.venv .venv
COPY . .
COPY --from=build /srv/portal/static/vendor static/vendor
RUN python -m compileall -q consultations faq knowledge portal search && install -d -o portal -g portal var
USER portal
ENV DJANGO_SETTINGS_MODULE=portal.settings.base PATH=/srv/portal/.venv/bin:$PATH PYTHONUNBUFFERED=1
VOLUME /srv/portal/var
EXPOSE 8000
CMD ["gunicorn", "portal.wsgi:application", "--bind", "0.0.0.0:8000", "--workers", "4", "--threads", "4", \
     "--preload", "--timeout", "60", "--max-requests", "5000", "--max-requests-jitter", "500", \
     "--no-control-socket", "--limit-request-line", "0", "--worker-tmp-dir", "/dev/shm"]
