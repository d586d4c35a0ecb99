from django.db import models
from modelcluster.fields import ParentalManyToManyField

from knowledge.models import TrustedPage


class QuestionPage(TrustedPage):
    """A question with a short and a long answer; the title is the question, the parent the primary topic."""

    topics = ParentalManyToManyField(
        "knowledge.TopicPage", verbose_name="Weitere Themen", blank=True, related_name="+"
    )
    sort_order = models.PositiveSmallIntegerField("Reihenfolge", default=100)
    successor = models.ForeignKey(
        "faq.QuestionPage", verbose_name="Ersetzt durch", null=True, blank=True, on_delete=models.SET_NULL,
        related_name="predecessors", help_text="Wer diese Frage aufruft, wird zur neuen geleitet.",
    )  # fmt: skip

    kind_label = "Frage"
    md_type = "question"
    parent_page_types = ["knowledge.TopicPage"]
    subpage_types: list[str] = []
    template = "faq/question.html"

    class Meta:
        verbose_name = "Frage"
        verbose_name_plural = "Fragen"
