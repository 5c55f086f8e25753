"""Tables of surveys: their questions, the lists of whom to call, the calls and the answers."""

from sqlalchemy import ARRAY, BigInteger, Column, DateTime, ForeignKey, Identity, Integer, Table, Text

from database.metadata import metadata

survey = Table(
    "survey",
    metadata,
    Column("project_id", BigInteger, ForeignKey("project.id"), primary_key=True),
    Column("topic", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
)
survey_question = Table(
    "survey_question",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("project_id", BigInteger, ForeignKey("survey.project_id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("most", Integer),
    Column("choices", ARRAY(Text), nullable=False),
)
survey_list = Table(
    "survey_list",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("project_id", BigInteger, ForeignKey("survey.project_id"), nullable=False),
    Column("query", Text, nullable=False),
    Column("sample", Integer),
    Column("seed", BigInteger, nullable=False),
    Column("added", Integer, nullable=False),
    Column("known", Integer, nullable=False),
    Column("refused", Integer, nullable=False),
    Column("no_phone", Integer, nullable=False),
    Column("actor", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
)
"""`query` is the filter of the list of parties as the fields of its address."""

survey_call = Table(
    "survey_call",
    metadata,
    Column("project_id", BigInteger, ForeignKey("survey.project_id"), primary_key=True),
    Column("party_id", BigInteger, ForeignKey("party.id"), primary_key=True),
    Column("event_id", BigInteger, ForeignKey("event.id"), nullable=False, unique=True),
    Column("position", Integer, nullable=False),
    Column("tries", Integer, nullable=False),
)
survey_answer = Table(
    "survey_answer",
    metadata,
    Column("question_id", BigInteger, ForeignKey("survey_question.id"), primary_key=True),
    Column("event_id", BigInteger, ForeignKey("event.id"), primary_key=True),
    Column("score", Integer),
    Column("text", Text),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("actor", Text, nullable=False),
)
