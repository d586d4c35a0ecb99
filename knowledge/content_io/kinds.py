"""The kinds of the knowledge base, registered in `KnowledgeConfig.ready`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from knowledge.acts import fold
from knowledge.content_io.body import StreamBody
from knowledge.content_io.keys import (
    FACT_FOLDER,
    CounterpartKey,
    FactsKey,
    LegalBasisKey,
    NextStepKey,
    PageListKey,
    ProvisionsKey,
    ShortAnswerKey,
    SourcesKey,
    TemplateFileKey,
)
from knowledge.deadlines.kind import DEADLINE
from knowledge.decisions.kind import NodesKey
from knowledge.models import (
    Act,
    ArticlePage,
    DecisionHelpPage,
    DecisionIndexPage,
    Fact,
    GlossaryTerm,
    RelatedPage,
    TemplateIndexPage,
    TemplatePage,
    TopicIndexPage,
    TopicPage,
)
from knowledge.models.trust import Audience
from knowledge.reports.keys import FieldReportKey
from knowledge.role_pages.kind import role_kinds
from portal.accounts.models import Municipality, Territory
from portal.core.content_io import (
    ChoiceKey,
    ChoicesKey,
    DateKey,
    FlagKey,
    IntegerKey,
    Key,
    Kind,
    PagesKey,
    PlainBody,
    TagsKey,
    WordsKey,
    register,
)
from portal.core.visibility import Visibility


def page_keys() -> tuple[Key, ...]:
    """Return the keys every page has."""
    return (
        Key("title", required=True),
        Key("seo_title"),
        Key("search_description"),
        ChoiceKey("visibility", Visibility, default=Visibility.PUBLIC),
        TagsKey("tags"),
        review_key(),
    )


def evidence_keys() -> tuple[Key, ...]:
    """Return the keys for what a page rests on."""
    return (LegalBasisKey("legal_basis"), SourcesKey("sources"), FactsKey("facts"), DateKey("content_as_of"))


def owner_keys() -> tuple[Key, ...]:
    """Return the keys for who answers for a page."""
    return (Key("responsible_unit"), Key("contact_email"))


def topics_key() -> Key:
    return PagesKey("topics", types=("topic",))


def review_key() -> Key:
    return IntegerKey("review_interval_days", default=365)


def audience_key() -> Key:
    return ChoicesKey("audience", Audience)


def search_words_key() -> Key:
    return WordsKey("search_words", separator=", ")


def related_key() -> Key:
    return PageListKey("related", "curated_related", RelatedPage)


class TermKind(Kind):
    """A synonym, too, belongs to one term only: the search treats them as equal."""

    def names(self, meta: dict[str, Any]) -> Iterable[tuple[str, str, str]]:
        for key, name in (
            ("term", meta.get("term")),
            *(("synonyms", word) for word in meta.get("synonyms") or []),
        ):
            yield key, str(name or ""), " ".join(str(name or "").split()).casefold()


class ActKind(Kind):
    """A citation must lead to one act, however it is spelled."""

    def names(self, meta: dict[str, Any]) -> Iterable[tuple[str, str, str]]:
        names = (
            ("abbreviation", meta.get("abbreviation")),
            *(("aliases", word) for word in meta.get("aliases") or []),
        )
        for key, name in names:
            yield key, str(name or ""), fold(str(name or ""))


class FactKind(Kind):
    """Facts are named by their identifier and stand in one file."""

    def find(self, slug: str) -> Any:
        return self.model.objects.filter(identifier=slug).first()

    def make(self, slug: str) -> Any:
        return self.model(identifier=slug)

    def slug_of(self, instance: Any) -> str:
        return str(instance.identifier)

    def all(self) -> Iterable[Any]:
        return self.model.objects.order_by("identifier")


KINDS = (
    Kind("topic_index", TopicIndexPage, (*page_keys(), Key("summary")), container=True, order=20),
    Kind(
        "topic",
        TopicPage,
        (
            *page_keys(),
            Key("summary", required=True),
            FlagKey("field", "is_field"),
            IntegerKey("order", "sort_order", default=100),
            Key("icon", default="info"),
        ),
        container=True,
        order=20,
    ),
    Kind("template_index", TemplateIndexPage, (*page_keys(), Key("summary")), container=True, order=20),
    Kind(
        "template",
        TemplatePage,
        (
            *page_keys(),
            Key("purpose", "short_answer", required=True),
            TemplateFileKey("file", required=True),
            Key("version", "file_version"),
            DateKey("version_date"),
            Key("licence"),
            Key("change_note"),
            topics_key(),
            audience_key(),
            search_words_key(),
            *evidence_keys(),
            *owner_keys(),
            related_key(),
        ),
        StreamBody(),
        order=30,
    ),
    Kind(
        "article",
        ArticlePage,
        (
            *page_keys(),
            ChoiceKey("kind", ArticlePage.Kind, required=True),
            ShortAnswerKey("short_answer", required=True),
            topics_key(),
            audience_key(),
            search_words_key(),
            ChoicesKey("applies_to_sizes", Municipality.SizeClass),
            ChoicesKey("applies_to_bodies", Territory),
            WordsKey("leika_keys", separator=", "),
            WordsKey("ozg_keys", separator=", "),
            *evidence_keys(),
            *owner_keys(),
            related_key(),
            NextStepKey("next_step"),
            FieldReportKey("report", "field_reports"),
        ),
        StreamBody(),
        order=50,
    ),
    Kind("decision_index", DecisionIndexPage, (*page_keys(), Key("summary")), container=True, order=20),
    Kind(
        "decision",
        DecisionHelpPage,
        (
            *page_keys(),
            ShortAnswerKey("short_answer", required=True),
            topics_key(),
            audience_key(),
            search_words_key(),
            *evidence_keys(),
            *owner_keys(),
            related_key(),
            NodesKey(),
        ),
        order=55,  # after the pages its results name
    ),
    TermKind(
        "term",
        GlossaryTerm,
        (
            Key("term", required=True),
            Key("expansion"),
            WordsKey("synonyms", separator="\n"),
            WordsKey("related", separator="\n"),
            FlagKey("never_correct"),
            FlagKey("explain", default=True),
            FactsKey("facts"),
        ),
        PlainBody("meaning", required=True),
        folder="glossar",
        order=12,
        name_key="term",
    ),
    ActKind(
        "act",
        Act,
        (
            Key("abbreviation", required=True),
            Key("title", required=True),
            WordsKey("aliases", separator="\n"),
            ChoiceKey("level", Act.Level, required=True),
            ChoiceKey("binds", Act.Binds),
            Key("source_url"),
            Key("eli"),
            DateKey("state_date"),
            CounterpartKey("counterpart"),
            FactsKey("facts"),
            ProvisionsKey("provisions"),
        ),
        PlainBody("summary"),
        folder="recht",
        order=10,
        name_key="abbreviation",
    ),
    FactKind(
        "fact",
        Fact,
        (
            Key("id", "identifier", required=True),
            Key("statement", required=True),
            Key("source", required=True),
            Key("url"),
            DateKey("state", "state_date", required=True),
            ChoiceKey("mark", Fact.Mark, required=True),
            Key("unused", "unused_reason"),
        ),
        folder=FACT_FOLDER,
        order=15,
        name_key="id",
        has_address=False,
        sheet="facts.toml",
        sheet_note="Faktenblatt: worauf sich die Aussagen der Seiten stützen (docs/facts.md).",
    ),
    DEADLINE,
    *role_kinds(page_keys()),
)


def register_kinds() -> None:
    for kind in KINDS:
        register(kind)
