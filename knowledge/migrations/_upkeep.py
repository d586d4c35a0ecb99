"""The fields that keep every kind of page true, and when such a page was reviewed and is due (0026, home 0005)."""

from datetime import timedelta
from typing import Any

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.utils import timezone

import knowledge.models.trust

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


def _account(**named: Any) -> Any:
    return models.ForeignKey(
        blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+",
        to=settings.AUTH_USER_MODEL, **named,
    )  # fmt: skip


def upkeep_fields(names: tuple[str, ...]) -> list[migrations.AddField]:
    """Return what adds owner, deputy, interval and review to kinds of pages."""
    staff = knowledge.models.trust.staff_accounts
    return [
        migrations.AddField(model_name=name, name=field, field=made)
        for name in names
        for field, made in {
            "deputy": _account(
                help_text="Wird ebenfalls an Prüfungen erinnert und springt ein, wenn die verantwortliche Person fehlt.",
                limit_choices_to=staff, verbose_name="Vertretung",
            ),
            "next_review_on": models.DateField(blank=True, editable=False, null=True, verbose_name="Nächste Prüfung"),
            "responsible_person": _account(limit_choices_to=staff, verbose_name="Verantwortlich"),
            "review_interval_days": models.PositiveSmallIntegerField(
                default=365,
                validators=[
                    django.core.validators.MinValueValidator(30),
                    django.core.validators.MaxValueValidator(1825),
                ],
                verbose_name="Prüfung alle … Tage",
            ),
            "reviewed_at": models.DateTimeField(
                blank=True, editable=False, null=True, verbose_name="Zuletzt fachlich geprüft"
            ),
            "reviewed_by": _account(editable=False),
        }.items()
    ]  # fmt: skip
