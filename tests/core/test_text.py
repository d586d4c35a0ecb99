from django.utils.html import escape

from knowledge.markdown import render_markdown
from portal.core.text import escape_markdown, german_slug, sort_key


def test_slug_transliterates_and_cuts_at_words() -> None:
    assert german_slug("Größe & Maß: § 9 für Bürger") == "groesse-mass-p-9-fuer-buerger"
    assert german_slug("Verwaltungs digitalisierung", max_length=15) == "verwaltungs"


def test_sorting_follows_din_5007() -> None:
    assert sorted(["Zug", "Ärger", "Arger", "Straße", "Strand"], key=sort_key) == [
        "Ärger",
        "Arger",
        "Strand",
        "Straße",
        "Zug",
    ]


def test_escaped_text_is_shown_as_it_is() -> None:
    text = "A_b [1] *x* `y` <script>alert(1)</script> &lt; Maß & mehr \\<b>"
    html = render_markdown(escape_markdown(text))
    assert html == f"<p>{escape(text)}</p>"
