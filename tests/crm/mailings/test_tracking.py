"""Tracked links lead by way of us and name what the letter itself linked to."""

from html import escape

from crm.mailings.content.message import make_content
from crm.mailings.content.placeholders import fill
from crm.mailings.content.tracking import OPENED, links_of, place_of, track

HTML = (
    '<p>{{ name }}: <a href="https://shop.example/a?b=1&amp;c=2">beans</a>, <a href="https://shop.example/d">more</a>'
    ' <a href="mailto:a@b.example">write</a> <a href="{{ unsubscribe_url }}">no more</a></p>'
)


def test_links_of_the_web_are_numbered_once_each_and_others_stay() -> None:
    content = make_content(subject="", html=HTML + HTML, text="")
    links = ["https://shop.example/a?b=1&c=2", "https://shop.example/d"]
    assert links_of(content) == links
    tracked = track(content, {url: number for number, url in enumerate(links, 1)})
    values = {
        place_of(1): "https://us.example/c/x/1",
        place_of(2): "https://us.example/c/x/2",
        OPENED: "https://us.example/o/x",
    }
    html = fill(tracked.html, values | {"unsubscribe_url": "https://us.example/u/x"}, escape)
    assert "shop.example" not in html
    assert html.count('href="https://us.example/c/x/1"') == 2
    assert 'href="mailto:a@b.example"' in html
    assert 'href="https://us.example/u/x"' in html
    assert html.endswith('<img src="https://us.example/o/x" alt="" width="1" height="1">')
    assert "https://shop.example/d" in fill(tracked.text, values)


def test_letter_without_html_is_left_as_it_is() -> None:
    content = make_content(subject="", html="", text="Beans: https://shop.example/a")
    assert track(content, {}) == content
