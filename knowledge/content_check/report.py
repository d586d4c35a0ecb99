"""What the checks found, for people (grouped by file) and for programs (JSON)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from itertools import groupby

from knowledge.content_check.registry import CHECKS
from knowledge.content_check.run import Result


def as_text(result: Result) -> Iterator[str]:
    """Yield the lines of the readable report."""
    for file, findings in groupby(result.findings, key=lambda finding: finding.file):
        yield file
        for finding in findings:
            yield f"  {file}:{finding.line}: {finding.severity.label} [{finding.check}] {finding.message}"
        yield ""
    counts = Counter(finding.check for finding in result.findings)
    for name, count in sorted(counts.items()):
        title = CHECKS[name].title if name in CHECKS else "Ausnahmen treffen noch etwas"
        yield f"  {count:4d}  {name}: {title}"
    yield summary(result)


def summary(result: Result) -> str:
    excepted = f", {result.excepted} angenommene Ausnahmen" if result.excepted else ""
    return f"{result.subjects} Inhalte geprüft: {result.errors} Fehler, {result.warnings} Warnungen{excepted}."


def as_json(result: Result) -> str:
    """Return the findings as one JSON document."""
    data = {
        "subjects": result.subjects,
        "errors": result.errors,
        "warnings": result.warnings,
        "excepted": result.excepted,
        "findings": [
            {
                "file": finding.file,
                "line": finding.line,
                "check": finding.check,
                "severity": finding.severity.value,
                "message": finding.message,
            }
            for finding in result.findings
        ],
    }
    return json.dumps(data, ensure_ascii=False, indent=2)
