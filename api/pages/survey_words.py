"""What kinds of questions, outcomes of calls and acts of surveys are called, and the fields of their forms."""

from collections.abc import Mapping

from api.pages.words import Word, mark
from crm.surveys.model import QuestionKind, Said

KINDS: Mapping[QuestionKind, str] = {
    "score": mark("Score"),
    "recommend": mark("Recommendation, 0 to 10"),
    "yes_no": mark("Yes or no"),
    "choice": mark("Choice"),
    "text": mark("Text"),
}
OUTCOMES: Mapping[Said, str] = {
    "answered": mark("Answered"),
    "refused": mark("Does not want to answer"),
    "not_reached": mark("Not reached"),
}
STATES: Mapping[str, Word] = {
    "answered": Word(mark("Answered"), "ok", "active"),
    "refused": Word(mark("Refused"), "no", "closed"),
    "not_reached": Word(mark("Not reached"), "clock", "expired"),
    "other": Word(mark("Ended otherwise"), "no", "closed"),
    "open": Word(mark("To be called"), "ring", "issued"),
}
LABELS: Mapping[str, str] = {
    "name": mark("Name"),
    "topic": mark("Topic of the calls"),
    "template": mark("Template"),
    "questions": mark("Questions"),
    "view": mark("Saved view"),
    "address": mark("Address of a filtered list"),
    "sample": mark("Random sample of so many"),
    "seed": mark("Seed of the sample"),
    "executors": mark("Who calls"),
    "outcome": mark("How the call went"),
    "answers": mark("Answers"),
    "note": mark("Remark"),
    "again_on": mark("Call again on"),
    "version": mark("Somebody else"),
    "by": mark("Apart by"),
}
ACTS: Mapping[str, str] = {
    "survey.made": mark("Survey made"),
    "survey.changed": mark("Survey changed"),
    "survey.list_made": mark("Calling list made"),
    "survey.entrusted": mark("Calls of a survey shared out"),
    "survey.called": mark("Call of a survey ended"),
    "survey.exported": mark("Report of a survey taken along"),
}
