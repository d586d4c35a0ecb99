#!/usr/bin/env bash
# Make .venv and install one lock file into it. Needs Python 3.11 or newer and nothing else.
set -euo pipefail
lock=$1
python=${PYTHON_BIN:-}
for candidate in $python python3.11 python3 python3.12 python3.13; do
  if command -v "$candidate" >/dev/null && "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    python=$candidate; break
  fi
done
if [ -z "$python" ]; then echo "Python 3.11 or newer is needed (Debian: apt-get install python3)." >&2; exit 1; fi

if ! .venv/bin/python -c 'import pip' 2>/dev/null; then
  echo "→ Python environment (.venv)"
  if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
      echo "→ installing Debian's python3-venv"
      { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3-venv; } >/dev/null
    else
      echo "Python's venv module is missing. On Debian: sudo apt-get install python3-venv" >&2; exit 1
    fi
  fi
  "$python" -m venv .venv
fi
echo "→ Python packages ($lock)"
# Read by the shell: Debian's awk waits for four kilobytes before it shows the first line.
.venv/bin/python -m pip install --disable-pip-version-check --progress-bar off --require-hashes -r "$lock" |
  while read -r word package _; do
    case $word in
      Collecting) printf '  %s\n' "$package" ;;
      Installing) echo "  installing …" ;;
    esac
  done
