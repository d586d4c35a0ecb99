"""Calendar entries of advisers; an index the search of the desk reads alone; links for contacts of early cases."""

from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.utils import timezone

A_WEEK = 7


def give_links(apps, schema_editor):
    """Store what a signed link hangs on, as `consultations.services.intake` does for what is taken down today."""
    concerns = apps.get_model("consultations", "Concern")
    contacts = apps.get_model("consultations", "CaseContact").objects.exclude(email="")
    bare = contacts.filter(case__concern=None, case__requester=None).order_by("pk")
    length = concerns._meta.get_field("contact_name").max_length
    rows = (
        concerns(
            case_id=row.case_id, contact_name=row.name[:length], contact_email=row.email, phone=row.phone[:40]
        )
        for row in bare.iterator(chunk_size=500)
    )
    concerns.objects.bulk_create(rows, batch_size=500)


def remind_of_visits(apps, schema_editor):
    """Plan the reminder a week before visits that are agreed already, for everybody who is reminded of them."""
    reminders = apps.get_model("consultations", "Reminder")
    now, here = timezone.now(), ZoneInfo(settings.TIME_ZONE)
    visits = reminders.objects.filter(
        appointment__state="confirmed", appointment__place="on_site", appointment__starts_at__gt=now
    )
    known = set(visits.filter(days_before=A_WEEK).values_list("appointment", "participant"))
    made = []
    for row in visits.filter(state="planned").select_related("appointment").order_by("pk"):
        starts = row.appointment.starts_at.astimezone(here).replace(tzinfo=None)
        due = (starts - timedelta(days=A_WEEK)).replace(tzinfo=here).astimezone(UTC)
        whom = (row.appointment_id, row.participant_id)
        if whom not in known and due > now:
            known.add(whom)
            made.append(
                reminders(
                    appointment_id=whom[0], participant_id=whom[1], days_before=A_WEEK, due_at=due, state="planned"
                )
            )
    reminders.objects.bulk_create(made, batch_size=500)


class Migration(migrations.Migration):
    dependencies = [("consultations", "0080_incoming_mail")]

    operations = [
        migrations.CreateModel(
            name="AdviserEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("thread", models.UUIDField(verbose_name="Termin")),
                ("sequence", models.PositiveIntegerField(verbose_name="Stand")),
                ("out", models.BooleanField(default=False, verbose_name="Zurückgenommen")),
                (
                    "adviser",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="calendar_entries",
                        to="consultations.adviser",
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="consultations.case"
                    ),
                ),
            ],
            options={
                "verbose_name": "Kalendereintrag von Beratenden",
                "verbose_name_plural": "Kalendereinträge von Beratenden",
                "ordering": ["pk"],
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(fields=("thread", "adviser"), name="consultations_adviser_entry_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="EntryChoice",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("by_mail", models.BooleanField(verbose_name="Kalendereinträge per E-Mail")),
                (
                    "adviser",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="entry_choice",
                        to="consultations.adviser",
                    ),
                ),
            ],
            options={
                "verbose_name": "Kalendereinträge per E-Mail",
                "verbose_name_plural": "Kalendereinträge per E-Mail",
                "ordering": ["pk"],
                "default_permissions": (),
            },
        ),
        migrations.AlterField(model_name="caseword", name="word", field=models.CharField(max_length=40)),
        migrations.AddIndex(
            model_name="caseword",
            index=models.Index(
                fields=["word", "case"],
                name="consultations_word_cases",
                opclasses=["varchar_pattern_ops", "int8_ops"],
            ),
        ),
        migrations.RemoveIndex(model_name="case", name="consultations_case_desk"),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                fields=["state", "answer_due", "created_at", "lead", "id"], name="consultations_case_desk"
            ),
        ),
        migrations.RunPython(give_links, migrations.RunPython.noop, elidable=True),
        migrations.RunPython(remind_of_visits, migrations.RunPython.noop, elidable=True),
    ]
