"""When pages that had no review of their own until now were reviewed, and when they are due (0026, home 0005)."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

INTERVAL = timedelta(days=365)
# Nobody was told before: owners get the usual month, and readers no warning on the day of the update.
NOTICE = timedelta(days=30)


def plan_first_reviews(apps: Any, app: str, names: tuple[str, ...]) -> None:
    """Take the review of the release of each live version; without one count from the first publication."""
    releases = apps.get_model("core", "Release").objects
    today = timezone.localdate()
    for name in names:
        model = apps.get_model(app, name)
        for page in model.objects.filter(live=True, alias_of=None):
            release = releases.filter(revision_id=page.live_revision_id).exclude(reviewer=None).first()
            base = release.released_at if release else page.first_published_at or timezone.now()
            due = max(timezone.localtime(base).date() + INTERVAL, today + NOTICE)
            review = {"reviewed_at": release.released_at, "reviewed_by_id": release.reviewer_id} if release else {}
            model.objects.filter(pk=page.pk).update(next_review_on=due, **review)
            # An alias shows what its source shows.
            model.objects.filter(alias_of_id=page.pk).update(next_review_on=due, **review)
