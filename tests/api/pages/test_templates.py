"""The templates as text: everything visible can be translated, nothing is inline, and every icon is there once."""

import re
from itertools import chain
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir

from api.pages import business_words, party_words, task_words, words
from api.pages.renderer import TEMPLATES

HTML = sorted(TEMPLATES.rglob("*.html"))
ICONS = (TEMPLATES / "icons.svg").read_text(encoding="utf-8")
SOURCES = [file.read_text(encoding="utf-8") for file in (*HTML, *TEMPLATES.parent.glob("*.py"))]
ROOT = Path(__file__).parents[3]

_CODE = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<code>.*?</code>", re.DOTALL)
_TAG = re.compile(r"<!?[a-zA-Z/][^>]*>", re.DOTALL)
_SEEN_ATTRIBUTE = re.compile(r'\b(?:aria-label|placeholder|title|alt|data-label)="([^"]*)"')
_LETTER = re.compile(r"[^\W\d_]")
ALIKE = re.compile(r"Tallycard|Ctrl K|CSV|XLSX")
"""What is written so in every language."""


def untranslated(template: str) -> list[str]:
    """Give what a reader would see in the language of the template whatever their own is."""
    markup = _CODE.sub("\0", template)
    seen = [*_TAG.sub("\n", markup).splitlines(), *_SEEN_ATTRIBUTE.findall(markup)]
    return [text.strip("\0 ") for text in seen if _LETTER.search(ALIKE.sub("", text))]


@pytest.mark.parametrize("file", HTML, ids=lambda file: file.name)
def test_everything_visible_can_be_translated(file: Path) -> None:
    assert untranslated(file.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("bad", ["<p>Cards</p>", '<a aria-label="Menu">{{ x }}</a>', "{{ _('a') }} of {{ b }}"])
def test_text_that_cannot_be_translated_is_found(bad: str) -> None:
    assert untranslated(bad)


def test_translators_are_given_the_texts_of_templates_and_of_words() -> None:
    methods = [("pages/**.html", "jinja2"), ("pages/**.py", "python")]
    keywords = {"_": None, "ngettext": (1, 2), "mark": None}
    found = extract_from_dir(ROOT / "api", methods, keywords=keywords, options_map={})
    texts = {text for _, _, text, *_ in found if isinstance(text, str)}
    assert {"Sign in", "All cards, youngest first", "Blocked", "Page not found"} <= texts


@pytest.mark.parametrize("file", HTML, ids=lambda file: file.name)
def test_no_script_and_no_style_is_inline(file: Path) -> None:
    text = _CODE.sub("\0", file.read_text(encoding="utf-8"))
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:|hx-on|<script(?![^>]*\ssrc=)", text)


def test_every_icon_that_is_used_is_there_and_no_other() -> None:
    there = re.findall(r'<symbol id="icon-([a-z]+)"', ICONS)
    assert len(there) == ICONS.count("<symbol "), "no icon is called as a field of a form may be"
    quoted = set(chain.from_iterable(re.findall(r'"([a-z]+)"', text) for text in SOURCES))
    called = set(chain.from_iterable(re.findall(r'icon\("([a-z]+)"\)', text) for text in SOURCES))
    named = {
        word.icon
        for table in chain.from_iterable(
            vars(module).values() for module in (words, party_words, business_words, task_words)
        )
        if isinstance(table, dict)
        for word in table.values()
        if isinstance(word, words.Word)
    }
    assert called | named <= set(there)
    assert set(there) <= quoted
    assert there == sorted(set(there))
