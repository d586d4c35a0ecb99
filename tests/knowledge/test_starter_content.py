"""What the starter content cites exists, and every page says what it rests on and as of when."""

from __future__ import annotations

import json
import re
import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest

from knowledge.acts import ActIndex
from knowledge.citations import Citation, find_citations, parse_basis, provision_key, section_key, unknown_acts
from knowledge.content_io.keys import NO_BASIS, acts_of
from knowledge.content_io.load import Loaded
from knowledge.content_io.tree import PageTree
from knowledge.readability import measure, pattern_of
from portal.core.content_io import Document

ROOT = Path(__file__).resolve().parents[2]
STARTER = ROOT / "knowledge" / "starter"
PROVISIONS: dict[str, dict[str, int]] = json.loads(
    (ROOT / "knowledge/content_check/data/provisions.json").read_text(encoding="utf-8")
)
FIELDS = ("volldigitalisierung", "efa-kommunal", "registermodernisierung", "single-digital-gateway")
KINDS = {"leitfaden", "checkliste", "ueberblick", "praxis", "rechtsseite", "missverstaendnis"}
_NOW = ["derzeit", "zurzeit", "aktuelle?n?", "momentan", "gegenwärtig", "bislang", "inzwischen", "noch nicht"]
TIME_WORDS = re.compile(rf"\b(?:{'|'.join(_NOW)})\b", re.IGNORECASE)
AS_OF = re.compile(r"\bStand\b|\bgelesen\b|\bgesichtet\b|\bgeprüft\b")


@pytest.fixture
def starter(db: None) -> Loaded:
    loaded = Loaded(STARTER, PageTree())
    loaded.read()
    return loaded


def texts(document: Document) -> Iterator[str]:
    """All prose of a document, without addresses."""
    yield re.sub(r"\]\([^)]*\)|https?://\S+", "]", document.kind.body.text(document.body))
    for name in ("short_answer", "purpose", "summary", "intro", "search_description"):
        yield str(document.meta.get(name) or "")
    for node in document.meta.get("nodes") or []:
        yield from (str(node.get(name) or "") for name in ("question", "help", "result", "why"))
        yield from node.get("todo", [])
    for provision in document.meta.get("provisions") or []:
        yield provision.get("summary", "")


def missing(act: str, key: str) -> bool:
    """True when the list of an act is carried here and does not hold the provision."""
    known = PROVISIONS.get(act)
    if known is None or not key:
        return False
    section, _, paragraph = key.partition("/")
    return section not in known or (paragraph.isdigit() and int(paragraph) > known[section])


def faults(file: str, citations: list[Citation]) -> list[str]:
    return [f"{file}: {found.label}" for found in citations if missing(found.act.abbreviation, found.key)]


def test_the_folder_can_be_imported(starter: Loaded) -> None:
    starter.check()

    assert not [str(problem) for problem in starter.problems]


def test_every_file_is_in_the_canonical_form(starter: Loaded) -> None:
    files = starter.canonical().items()
    other = [name for name, text in files if text != (STARTER / name).read_text(encoding="utf-8")]

    assert not other, "manage.py format_content knowledge/starter brings them into form"


def test_the_list_of_provisions_is_about_acts_of_the_starter_content(starter: Loaded) -> None:
    names = {document.name for document in starter.documents("act")}

    assert set(PROVISIONS) <= names
    assert len(PROVISIONS) >= 25


def test_every_legal_basis_names_an_act_and_a_provision_that_exist(starter: Loaded) -> None:
    index = acts_of(starter)
    found: list[str] = []
    for path, parsed in starter.parsed.items():
        meta = parsed.document.meta if parsed.document else {}
        basis = meta.get("legal_basis")
        lines = [line for node in meta.get("nodes") or [] for line in node.get("legal_basis", [])]
        for line in [*lines, *(basis if isinstance(basis, list) else [])]:
            citations = parse_basis(line, index)
            found += [] if citations else [f"{path}: {line}"]
            found += faults(path, citations)

    assert not found


def test_every_citation_in_a_text_names_an_act_and_a_provision_that_exist(starter: Loaded) -> None:
    index: ActIndex = acts_of(starter)
    found: list[str] = []
    for path, parsed in starter.parsed.items():
        for text in texts(parsed.document) if parsed.document else ():
            found += faults(path, find_citations(text, index))
            found += [f"{path}: {name}" for name in unknown_acts(text, index)]

    assert not found


def test_every_provision_of_an_act_exists(starter: Loaded) -> None:
    found = [
        f"{act.name}: {row['ref']}"
        for act in starter.documents("act")
        for row in act.meta.get("provisions") or []
        if missing(act.name, provision_key(row["ref"]))
    ]

    assert not found


def test_every_article_and_question_names_sources_legal_basis_and_date(starter: Loaded) -> None:
    kinds = ("article", "question", "template", "decision")
    pages = [page for kind in kinds for page in starter.documents(kind)]

    for document in pages:
        basis = document.meta.get("legal_basis")
        assert basis == NO_BASIS or basis, document.path
        assert document.meta.get("sources"), document.path
        assert document.meta.get("facts"), document.path
        assert document.meta.get("content_as_of") or document.kind.name == "template", document.path
        assert document.meta.get("responsible_unit"), document.path


def test_the_decision_helps_end_in_results_that_lead_on(starter: Loaded) -> None:
    helps = starter.documents("decision")

    assert len(helps) >= 4
    for document in helps:
        found = [node for node in document.meta["nodes"] if "result" in node]
        assert all(node.get("why") and node.get("todo") and node.get("advice") for node in found), document.path
        assert all(node.get("articles") for node in found), document.path


def named_facts(starter: Loaded) -> set[str]:
    return {fact for document in starter.all_documents() for fact in document.meta.get("facts") or []}


def test_every_fact_is_used_by_a_page_or_has_its_reason(starter: Loaded) -> None:
    used = named_facts(starter)
    facts = starter.documents("fact")

    assert len(facts) == 256
    assert not [fact.name for fact in facts if fact.name not in used and not fact.meta.get("unused")]


def test_every_fact_a_page_names_exists(starter: Loaded) -> None:
    assert not named_facts(starter) - {fact.name for fact in starter.documents("fact")}


@pytest.mark.parametrize("path", ["glossar/postfach", "recht/ozg", "recht/sgb-x", "recht/vwvfg"])
def test_what_says_the_fourth_day_is_found_when_it_changes(starter: Loaded, path: str) -> None:
    document = starter.parsed[path].document

    assert document is not None
    assert "O-12" in document.meta["facts"]


def test_every_letter_of_the_sheet_is_there_without_a_gap(starter: Loaded) -> None:
    highest = {"A": 9, "B": 14, "C": 11, "D": 4, "E": 23, "F": 8, "K": 22, "M": 17, "N": 22, "O": 36, "Q": 4,
               "R": 29, "S": 14, "T": 13, "U": 8, "V": 15, "Z": 7}  # fmt: skip
    expected = {f"{letter}-{number:02d}" for letter, last in highest.items() for number in range(1, last + 1)}

    assert {fact.name for fact in starter.documents("fact")} == expected


def test_what_is_not_verified_is_marked_so(starter: Loaded) -> None:
    for fact in starter.documents("fact"):
        assert (fact.meta["mark"] == "offen") is fact.name.startswith("U-"), fact.name
        assert fact.meta["mark"] != "offen" or fact.meta["statement"].startswith("Nicht verifiziert"), fact.name


def test_words_of_time_come_with_a_date(starter: Loaded) -> None:
    undated = []
    for document in starter.all_documents():
        whole = "\n".join(texts(document))
        words = TIME_WORDS.findall(whole)
        if words and not document.meta.get("content_as_of") and not AS_OF.search(whole):
            undated.append(f"{document.path}: {', '.join(words)}")

    assert not undated


def test_short_answers_are_easy_to_read(starter: Loaded) -> None:
    acts = starter.documents("act")
    names = [document.name for document in [*starter.documents("term"), *acts]]
    names += [name for document in [*starter.documents("term"), *acts] for name in _other_names(document)]
    terms = pattern_of(names)
    pages = [*starter.documents("article"), *starter.documents("question"), *starter.documents("decision")]
    grades = {page.path: measure(page.meta["short_answer"], terms).grade or 0.0 for page in pages}

    assert statistics.median(grades.values()) <= 9
    assert not {path: grade for path, grade in grades.items() if grade > 12}


def _other_names(document: Document) -> list[str]:
    meta = document.meta
    return [meta.get("expansion") or "", *(meta.get("synonyms") or ()), *(meta.get("aliases") or ())]


TERMS = """
    115; AL; UL; Antragsdatenservice; AVV; Barrierefreiheit; Basisdaten; BMDS; BundID; Bürgerkonto; BUS; BVA;
    BZSt; civento; Datenschutzcockpit; DeutschlandID; Deutschland-Stack; Digital only; DigitalService;
    Digitalisierungsbeauftragte; DIN SPEC 66336; DSFA; DVDV; E-Akte; EfA; EfA-Dienst; EfA-Kommunal;
    EfA-Marktplatz; EGovG; eGovSAD; eID; eIDAS; ekom21; ELSTER; Ende-zu-Ende-Digitalisierung; ePayment;
    EUDI-Wallet; eWA; Fachverfahren; FIM; FIT-Connect; FITKO; FIT-Store; Föderale IT-Architekturrichtlinie;
    Fokusleistung; govdigital; HBDI; HEGovG; Hessen-Finder; HLT; HMD; HSGB; HStT; HZD; IDA; IDNr; IDNrG; IKZ;
    iKFZ; Inhouse-Vergabe; IT-Planungsrat; ITSiV-PV; KGSt; KKV; Kommunale Spitzenverbände; KoSIT; LeiKa;
    LeiKa-Schlüssel; LBIT; Medienbruch; Melderegister; MUK; Nachnutzung; Nachweisabruf; NdB-VN; NOOTS;
    NOOTS-Netz; NOOTSNetzV; NOOTS-Staatsvertrag; Nutzerkonto; Once-Only-Prinzip; Onlinedienst; OOTS; OSCI;
    OZG; OZG-Änderungsgesetz; OZG-Kommunal; OZSV; Portalverbund; Postfach; ZBP; Prozessbibliothek; PVOG; QES;
    Registerführende Stelle; Registermodernisierung; RegMoG; Reifegrad; Roll-in; Roll-out; Schriftformersatz;
    SDG; SDG-Verordnung; Siegel; Starke Heimat Hessen; Vertrauensniveau; Verwaltungsleistung;
    Verwaltungsportal Hessen; V-PKI; VVT; XBasisdaten; XMeld; XBezahldienste; XÖV; XTA; XZuFi;
    Zuständigkeitsfinder
"""


def test_the_glossary_is_complete(starter: Loaded) -> None:
    expected = {" ".join(term.split()) for term in TERMS.split(";")}
    assert len(expected) == 117
    assert expected - {document.name for document in starter.documents("term")} == set()


def test_there_is_enough_to_begin_with(starter: Loaded) -> None:
    articles = starter.documents("article")

    for field in FIELDS:
        kinds = {page.meta["kind"] for page in articles if page.path.startswith(f"themen/{field}/")}
        assert kinds >= KINDS, field
    assert len(articles) >= 50
    assert len(starter.documents("question")) >= 100
    assert {path for path in ("impressum", "datenschutz", "barrierefreiheit") if starter.type_of(path)} == {
        "impressum", "datenschutz", "barrierefreiheit",
    }  # fmt: skip


def test_every_misunderstanding_of_the_sheet_stands_on_a_page_of_that_kind(starter: Loaded) -> None:
    pages = [page for page in starter.documents("article") if page.meta["kind"] == "missverstaendnis"]

    assert {fact for page in pages for fact in page.meta["facts"] if fact.startswith("M-")} == {
        f"M-{number:02d}" for number in range(1, 18)
    }


def test_no_text_of_another_place_is_needed() -> None:
    assert section_key("9a/1") in PROVISIONS["OZG"]
    assert missing("OZG", "99") is True
    assert missing("OZG", "9/7") is True
    assert missing("HEGovG", "99") is False
