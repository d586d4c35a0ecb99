"""Terms of the glossary and acts name the facts they rest on, as pages and deadlines do."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("knowledge", "0018_withdrawn_contacts"),
    ]

    operations = [
        migrations.AddField(
            model_name="act",
            name="facts",
            field=models.JSONField(blank=True, default=list, editable=False, verbose_name="Fakten"),
        ),
        migrations.AddField(
            model_name="glossaryterm",
            name="facts",
            field=models.JSONField(blank=True, default=list, editable=False, verbose_name="Fakten"),
        ),
    ]
