"""Run the checks over a folder or over what the portal has published, and take the accepted exceptions out."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from tempfile import TemporaryDirectory

from knowledge.content_check import checks
from knowledge.content_check.content import Content
from knowledge.content_check.registry import CHECKS, Finding, Severity
from knowledge.content_check.rule_files import EXCEPTIONS_FILE, RuleFile, read_exceptions
from knowledge.content_io.exporter import export_directory
from knowledge.content_io.load import Loaded
from knowledge.content_io.tree import PageTree
from portal.core.content_io import Parsed, suggestion

EXCEPTIONS = "ausnahmen"
STARTER = Path(__file__).resolve().parents[1] / "starter"
__all__ = ["EXCEPTIONS", "STARTER", "Result", "check_folder", "check_portal"]


@dataclass
class Result:
    """What the checks found, in the order of files and lines."""

    findings: list[Finding] = field(default_factory=list)
    excepted: int = 0
    subjects: int = 0

    @property
    def errors(self) -> int:
        return sum(finding.severity is Severity.ERROR for finding in self.findings)

    @property
    def warnings(self) -> int:
        return len(self.findings) - self.errors


def check_folder(
    folder: Path, *, only: Collection[str] = (), rules: Path | None = None, laws: Path | None = None
) -> Result:
    """Check the files of a folder; its references count in the folder and in the portal, as for an import."""
    loaded = Loaded(folder, PageTree())
    loaded.read()
    loaded.check()
    return _run(Content(loaded, rules=rules or folder, laws=laws), only=only, own_rules=True)


def check_portal(*, only: Collection[str] = (), rules: Path | None = None, laws: Path | None = None) -> Result:
    """Check what the portal has published, in the form an export writes."""
    with _exported() as folder:
        loaded = Loaded(folder, PageTree())
        loaded.read()
        loaded.check()
        # Exceptions of the starter content need not match what editors have changed since.
        return _run(Content(loaded, rules=rules or STARTER, laws=laws), only=only, own_rules=rules is not None)


@contextmanager
def _exported() -> Iterator[Path]:
    with TemporaryDirectory(prefix="content-check-") as name:
        export_directory(Path(name))
        yield Path(name)


def _run(content: Content, *, only: Collection[str], own_rules: bool) -> Result:
    checks.register_all()
    names = [name for name in CHECKS if not only or name in only]
    rules = read_exceptions(content.rules)
    result = Result(subjects=len(content.subjects))
    used: set[int] = set()
    for name in names:
        for finding in CHECKS[name].run(content):
            number = _exception_for(finding, rules)
            if number is None:
                result.findings.append(finding)
            else:
                used.add(number)
                result.excepted += 1
    if own_rules and (not only or EXCEPTIONS in only):
        result.findings += _about_rules(rules, used, checked=names)
    result.findings = sorted(set(result.findings))
    return result


def _exception_for(finding: Finding, rules: RuleFile) -> int | None:
    for number, row in enumerate(rules.rows):
        meta = _meta(row)
        if (
            meta["check"] == finding.check
            and fnmatchcase(finding.file, meta["file"])
            and (meta.get("contains") or "") in finding.message
        ):
            return number
    return None


def _meta(row: Parsed) -> dict[str, str]:
    return row.document.meta if row.document else {}


def _about_rules(rules: RuleFile, used: Collection[int], *, checked: Collection[str]) -> Iterator[Finding]:
    """Report exceptions that cannot be read, name no check, or match nothing any more."""
    for line, message in rules.problems:
        yield Finding(EXCEPTIONS_FILE, line, EXCEPTIONS, message)
    for number, row in enumerate(rules.rows):
        name, line = _meta(row)["check"], row.line_of(("check",))
        if name not in CHECKS:
            message = f"Die Prüfung „{name}“ gibt es nicht.{suggestion(name, CHECKS)}"
            yield Finding(EXCEPTIONS_FILE, line, EXCEPTIONS, message)
        elif name in checked and number not in used:
            message = f"Diese Ausnahme ({name}, {_meta(row)['file']}) trifft nichts mehr. Nehmen Sie sie heraus."
            yield Finding(EXCEPTIONS_FILE, line, EXCEPTIONS, message)
