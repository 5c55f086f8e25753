"""Surveys that are ready to be asked, in each language of the service; what is made from one is free to differ."""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from crm.directories.model import name_in
from crm.surveys.model import QuestionDraft, QuestionKind

Texts = Mapping[str, str]


class TemplateQuestion(Struct, frozen=True):
    """A question of a template by language; choices as well."""

    kind: QuestionKind
    texts: Texts
    most: int | None = None
    choices: Mapping[str, tuple[str, ...]] = {}


class Template(Struct, frozen=True):
    """A survey that is ready: what it is called, which is also the topic of its calls, and what it asks."""

    code: str
    names: Texts
    questions: tuple[TemplateQuestion, ...]

    def name(self, language: str) -> str:
        """Give what it is called in a language."""
        return name_in(self.names, language, self.code)

    def drafts(self, language: str) -> tuple[QuestionDraft, ...]:
        """Give its questions in a language, else in English."""
        return tuple(
            QuestionDraft(
                name_in(one.texts, language, ""),
                one.kind,
                one.most,
                one.choices.get(language, one.choices.get("en", ())),
            )
            for one in self.questions
        )


_RECOMMEND = TemplateQuestion(
    "recommend",
    {
        "en": "How likely are you to recommend us to somebody you know?",
        "ru": "Насколько вероятно, что вы порекомендуете нас знакомым?",
        "uk": "Наскільки ймовірно, що ви порекомендуєте нас знайомим?",
        "bg": "Колко вероятно е да ни препоръчате на познати?",
    },
)
_WHY = TemplateQuestion(
    "text",
    {
        "en": "What should we do better?",
        "ru": "Что нам сделать лучше?",
        "uk": "Що нам зробити краще?",
        "bg": "Какво да направим по-добре?",
    },
)
_QUALITY = Template(
    "quality",
    {"en": "Quality survey", "ru": "Опрос о качестве", "uk": "Опитування про якість", "bg": "Анкета за качеството"},
    (
        TemplateQuestion(
            "score",
            {
                "en": "How satisfied are you with our goods?",
                "ru": "Насколько вы довольны нашими товарами?",
                "uk": "Наскільки ви задоволені нашими товарами?",
                "bg": "Доколко сте доволни от стоките ни?",
            },
            most=5,
        ),
        TemplateQuestion(
            "score",
            {
                "en": "How satisfied are you with our service?",
                "ru": "Насколько вы довольны обслуживанием?",
                "uk": "Наскільки ви задоволені обслуговуванням?",
                "bg": "Доколко сте доволни от обслужването?",
            },
            most=5,
        ),
        TemplateQuestion(
            "yes_no",
            {
                "en": "Did you find everything you came for?",
                "ru": "Нашли ли вы всё, за чем пришли?",
                "uk": "Чи знайшли ви все, по що прийшли?",
                "bg": "Намерихте ли всичко, за което дойдохте?",
            },
        ),
        TemplateQuestion(
            "choice",
            {
                "en": "How did you hear of us?",
                "ru": "Откуда вы о нас узнали?",
                "uk": "Звідки ви про нас дізналися?",
                "bg": "Откъде научихте за нас?",
            },
            choices={
                "en": ("From people I know", "Internet", "Passing by", "Otherwise"),
                "ru": ("От знакомых", "Интернет", "Проходил мимо", "Иначе"),
                "uk": ("Від знайомих", "Інтернет", "Проходив повз", "Інакше"),
                "bg": ("От познати", "Интернет", "Минавах наблизо", "Другояче"),
            },
        ),
        _RECOMMEND,
        _WHY,
    ),
)
_LOYALTY = Template(
    "recommendation",
    {
        "en": "Recommendation survey",
        "ru": "Опрос о рекомендациях",
        "uk": "Опитування про рекомендації",
        "bg": "Анкета за препоръки",
    },
    (_RECOMMEND, _WHY),
)
_EMPTY = Template(
    "empty",
    {"en": "Survey of one's own", "ru": "Свой опрос", "uk": "Власне опитування", "bg": "Собствена анкета"},
    (),
)
TEMPLATES: Final[Mapping[str, Template]] = {one.code: one for one in (_QUALITY, _LOYALTY, _EMPTY)}
"""By code, in the order in which they are offered."""
