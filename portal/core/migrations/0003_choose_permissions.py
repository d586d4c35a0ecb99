from django.db import migrations


class Migration(migrations.Migration):
    """Nothing: the rights on images and documents are those of Wagtail's own models."""

    dependencies = [
        ("core", "0002_background"),
    ]

    operations = []
