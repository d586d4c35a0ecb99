from knowledge.models.article import ArticlePage, PageSource, RelatedPage
from knowledge.models.body import BodyPage
from knowledge.models.deadline import Deadline, DeadlineArticle, GoneDeadline
from knowledge.models.decision import DecisionHelpPage, DecisionIndexPage, ResultCount
from knowledge.models.fact import Fact
from knowledge.models.feedback import FeedbackCount
from knowledge.models.glossary import GlossaryTerm
from knowledge.models.importing import ImportRecord
from knowledge.models.law import Act, LawSection, LawText, LegalReference, Provision
from knowledge.models.links import ExternalLink, InternalLink, LinkPlace, SeenContent
from knowledge.models.pictures import PicturePlace
from knowledge.models.readability import PageReadability
from knowledge.models.report import FieldReport
from knowledge.models.role import FirstPage, RoleIndexPage, RolePage
from knowledge.models.template import TemplateIndexPage, TemplatePage
from knowledge.models.topic import TopicIndexPage, TopicPage
from knowledge.models.trust import TrustedPage, Upkept
from knowledge.models.upkeep import ReviewReminder
from knowledge.models.visits import MonthlyVisitCount, VisitCount

__all__ = [
    "Act",
    "ArticlePage",
    "BodyPage",
    "Deadline",
    "DeadlineArticle",
    "DecisionHelpPage",
    "DecisionIndexPage",
    "ExternalLink",
    "Fact",
    "FeedbackCount",
    "FieldReport",
    "FirstPage",
    "GlossaryTerm",
    "GoneDeadline",
    "ImportRecord",
    "InternalLink",
    "LawSection",
    "LawText",
    "LegalReference",
    "LinkPlace",
    "MonthlyVisitCount",
    "PageReadability",
    "PageSource",
    "PicturePlace",
    "Provision",
    "RelatedPage",
    "ResultCount",
    "ReviewReminder",
    "RoleIndexPage",
    "RolePage",
    "SeenContent",
    "TemplateIndexPage",
    "TemplatePage",
    "TopicIndexPage",
    "TopicPage",
    "TrustedPage",
    "Upkept",
    "VisitCount",
]
