"""Run Python in a portal without starting Django for each piece: JSON lines come in, what they print goes out.

Started once for each portal (served.py), because starting takes as long as many a test.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
import traceback


def answer(code: str) -> dict[str, str]:
    """Run one piece in a namespace of its own; return what it printed, or why it failed."""
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            exec(compile(code, "<piece>", "exec"), {"__name__": "piece"})  # noqa: S102 - the tests' own text
    except Exception:
        return {"failed": traceback.format_exc()}
    return {"printed": printed.getvalue()}


def main() -> None:
    import django

    django.setup()
    from django.db import close_old_connections, reset_queries

    for line in sys.stdin:
        reset_queries()
        reply = answer(json.loads(line))
        close_old_connections()
        print(json.dumps(reply), flush=True)


if __name__ == "__main__":
    main()
