"""Why the review refuses something, in words for the person who asked."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied


class ReviewRefused(PermissionDenied):
    """The review does not allow this; the text is shown as it is."""


@dataclass(frozen=True)
class Problem:
    """What is wrong with one field of a version that was to be published."""

    field: str
    label: str
    message: str

    def __str__(self) -> str:
        return f"{self.label}: {self.message}" if self.label else self.message


class ReviewInvalid(ReviewRefused):
    """The version is incomplete; names each field."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__(" ".join(str(problem) for problem in problems))
