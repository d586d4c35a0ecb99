"""The index of a cluster: document, analyzers, settings, template. Only parts that every distribution has.

`exact` and `stem` are analysed by the server: the tokenizer and the filters give the words that
`search.analysis` gives, which tests/search/conformance compares. Parts of compounds, runs of letters and
joined spellings come as ready words, since no server splits German as we do.
"""

from __future__ import annotations

from typing import Any, Literal

from elasticsearch.dsl import (
    ComposableIndexTemplate,
    DenseVector,
    Document,
    Float,
    Index,
    InnerDoc,
    Integer,
    Keyword,
    Long,
    MetaField,
    Nested,
    Object,
    Text,
    analyzer,
    char_filter,
    token_filter,
    tokenizer,
)

from search.analysis import LONGEST_WORD
from search.engines.embedded import index_version
from search.semantic.encoders import encoder_mark

SCHEMA = 1
# Entries of our own in the index (position, vocabulary) have this level, which no reader reaches.
OWN_LEVEL = 99
TEMPLATE_PRIORITY = 200
HIGHEST_LEVEL = 90
STORED = ("payload", "own")
PASSAGES, VECTOR = "passages", "vector"

# The expression of search.analysis.TOKEN as Java reads it; a section sign has lost its blanks before.
WORDS = (
    r"§\d{1,4}[a-z]?(?![\p{L}\p{N}_])"
    r"|\p{Nd}+(?:[.,:/]\p{Nd}+)+"
    r"|[\p{L}\p{N}]+(?:['’][\p{L}\p{N}]+)?"
)
_sections = char_filter(
    "sections", "pattern_replace", pattern=r"§{1,2}\s*(\d{1,4}[a-z]?(?![\p{L}\p{N}_]))", replacement="§$1"
)
_tokens = tokenizer("german_words", "pattern", pattern=WORDS, group=0)
_cut = token_filter("cut", "truncate", length=LONGEST_WORD)
# Numbers have no endings: "100er" stays.
_numbers = token_filter("numbers", "keyword_marker", keywords_pattern=r".*\d.*")
_light = token_filter("light_german", "stemmer", language="light_german")
_FOLD = ["lowercase", "german_normalization", "asciifolding", _cut]

exact = analyzer("exact", tokenizer=_tokens, char_filter=[_sections], filter=_FOLD)
stem = analyzer("stem", tokenizer=_tokens, char_filter=[_sections], filter=[*_FOLD, _numbers, _light])
ready = analyzer("ready", tokenizer="whitespace")


def _ready(option: Literal["docs", "freqs"] = "freqs") -> Any:
    return Text(analyzer=ready, index_options=option)


class SearchEntry(Document):
    """One findable thing; the names of the fields are those of the query tree."""

    key = Keyword()
    kind = Keyword()
    topic = Keyword()
    define = Keyword(doc_values=False)
    cite = Keyword(doc_values=False)
    act = Keyword()
    audience = Keyword()
    ref = Keyword(doc_values=False)
    title_exact = Text(analyzer=exact)
    title_stem = Text(analyzer=stem)
    title_parts = _ready()
    title_grams = _ready()
    all_exact = Text(analyzer=exact)
    all_stem = Text(analyzer=stem)
    all_parts = _ready()
    all_grams = _ready()
    suggest = _ready("docs")
    suggest_start = _ready("docs")
    payload = Object(enabled=False)
    own = Object(enabled=False)
    uid = Long()
    print = Long()
    level = Integer()
    reviewed_day = Integer()
    newest = Long()
    weight = Float()

    class Meta:
        dynamic = MetaField("strict")
        source = MetaField(includes=list(STORED))


class SearchPassage(InnerDoc):
    """A passage of an entry, for the search by meaning; the first vector decides how many numbers all have."""

    vector = DenseVector(similarity="cosine", index_options={"type": "hnsw"})


class EntryWithPassages(SearchEntry):
    """The same where the search by meaning is on: the level and the filters of an entry hold for its passages."""

    passages = Nested(SearchPassage)


def elastic_version() -> str:
    """Return the version of everything baked into an index of a cluster; another one means: build anew.

    Vectors of one encoder cannot be compared with those of another: its mark is part of the version.
    """
    mark = encoder_mark()
    return f"{SCHEMA}{f'v{mark}' if mark else ''}.{index_version()}".replace(".", "-")


def index_definition(name: str, *, shards: int, replicas: int, vectors: bool | None = None) -> Index:
    """Return an index with mapping and settings, not yet made; with `vectors` as the settings say unless given."""
    index = Index(name)
    with_passages = bool(encoder_mark()) if vectors is None else vectors
    index.document(EntryWithPassages if with_passages else SearchEntry)
    index.settings(number_of_shards=shards, number_of_replicas=replicas, refresh_interval="1s")
    return index


def index_template(prefix: str, *, shards: int, replicas: int) -> ComposableIndexTemplate:
    """Return the template of all indexes of an installation, for its own use or for the cluster's operator.

    Where one prefix begins with another, both patterns fit the longer one's indexes, which the server refuses at
    equal priority: the longer prefix wins.
    """
    index = index_definition(f"{prefix}-*", shards=shards, replicas=replicas)
    priority = TEMPLATE_PRIORITY + len(prefix)
    return ComposableIndexTemplate(f"{prefix}-search", f"{prefix}-*", index=index, priority=priority)
