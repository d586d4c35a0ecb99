"""Hands the knowledge base's sources and words to the search; called once when the app is ready."""

from knowledge.deadlines.search import DeadlineSource
from knowledge.role_pages.search import RoleSource
from knowledge.search_downloads import DownloadSource
from knowledge.search_filters import act_labels, audience_labels
from knowledge.search_language import ActRecogniser, ActSynonyms, GlossaryHelp, GlossarySynonyms, NearestTopics
from knowledge.search_sources import (
    ActSource,
    ArticleSource,
    DecisionSource,
    ProvisionSource,
    SectionSource,
    TemplateSource,
    TermSource,
    TopicSource,
    TopicTitles,
)
from search.registry import registry


def register() -> None:
    registry.register_source(ArticleSource())
    registry.register_source(DecisionSource())
    registry.register_source(TemplateSource())
    registry.register_source(TopicSource())
    registry.register_source(RoleSource())
    registry.register_source(DeadlineSource())
    registry.register_source(TermSource())
    registry.register_source(ActSource())
    registry.register_source(ProvisionSource())
    registry.register_source(SectionSource())
    registry.register_source(DownloadSource())
    registry.synonym_sources += [GlossarySynonyms(), ActSynonyms()]
    registry.citation_recognisers.append(ActRecogniser())
    registry.zero_result_help += [GlossaryHelp(), NearestTopics()]
    registry.topic_names = TopicTitles()
    registry.filter_labellers |= {"audience": audience_labels, "act": act_labels}
