from portal.core.text import german_slug, sort_key


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
