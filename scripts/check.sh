#!/usr/bin/env bash
# Everything that is checked without running the tests; the first failure ends it.
set -euo pipefail
python=.venv/bin/python
step() { printf '→ %s\n' "$1"; shift; "$@"; }
step "format" $python -m ruff format --check --quiet .
step "lint" $python -m ruff check --quiet .
step "types" .venv/bin/mypy .
step "layers" .venv/bin/lint-imports --no-logo
step "migrations" $python manage.py makemigrations --check --dry-run
# The starter content is true to its rules; without a database, so that a clean machine can do it.
step "content" $python manage.py content_check knowledge/starter --alone --strict
# Production settings with made-up values; what only a real installation can fill in is checked by the tests.
scratch=$(mktemp -d); trap 'rm -rf "$scratch"' EXIT
step "deployment" env -u DJANGO_SETTINGS_MODULE DJANGO_SETTINGS_MODULE=portal.settings.base VAR_DIR="$scratch" DATABASE_URL="sqlite:///$scratch/none.sqlite3" \
  SECRET_KEY="$($python -c 'import secrets; print(secrets.token_urlsafe(60))')" BASE_URL=https://portal.example \
  ALLOWED_HOSTS=portal.example VIRUS_SCANNER=clamd://scanner.example DEFAULT_FROM_EMAIL=portal@portal.example EMAIL_HOST=mail.example \
  $python manage.py check --deploy --fail-level WARNING
