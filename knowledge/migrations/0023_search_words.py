from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("knowledge", "0022_text_lengths"),
    ]

    operations = [
        migrations.AddField(
            model_name="articlepage",
            name="search_words",
            field=models.CharField(
                blank=True,
                help_text="Durch Komma getrennt: Wörter, nach denen gesucht wird, die aber nicht im Text stehen.",
                max_length=400,
                verbose_name="Suchwörter",
            ),
        ),
        migrations.AddField(
            model_name="decisionhelppage",
            name="search_words",
            field=models.CharField(
                blank=True,
                help_text="Durch Komma getrennt: Wörter, nach denen gesucht wird, die aber nicht im Text stehen.",
                max_length=400,
                verbose_name="Suchwörter",
            ),
        ),
        migrations.AddField(
            model_name="templatepage",
            name="search_words",
            field=models.CharField(
                blank=True,
                help_text="Durch Komma getrennt: Wörter, nach denen gesucht wird, die aber nicht im Text stehen.",
                max_length=400,
                verbose_name="Suchwörter",
            ),
        ),
    ]
