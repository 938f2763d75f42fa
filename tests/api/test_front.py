"""The front door and its page: what a program and a person with a browser find; and what an address does not take."""

import re
from html.parser import HTMLParser

from tests.api.edge import Edge, problem


class Links(HTMLParser):
    """The links of a page, and whether it loads anything."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.loads: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """One tag."""
        said = dict(attrs)
        if tag == "a":
            self.found.append(said["href"] or "")
        if tag in ("script", "link", "img", "iframe"):
            self.loads.append(tag)


def test_a_program_and_a_browser_find_what_there_is_and_every_address_answers(edge: Edge) -> None:
    edge.programme()
    edge.projector.catch_up()
    told = edge.client.get("/").json()
    assert {"/docs", "/openapi.json", "/health/ready", "/v1/cohorts"} <= told["links"].keys()
    page = edge.client.get("/", headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert page.headers["Content-Type"].startswith("text/html")
    links = Links()
    links.feed(page.text)
    assert links.found == list(told["links"])
    assert {path: edge.client.get(path).status_code for path in links.found} == dict.fromkeys(links.found, 200)
    assert "Enter no real people" in page.text
    assert "Enter no real people" in told["warning"]


def test_the_page_of_the_interface_tells_every_operation_and_loads_nothing(edge: Edge) -> None:
    page = edge.client.get("/docs").text
    links = Links()
    links.feed(page)
    assert links.loads == []
    paths = edge.client.get("/openapi.json").json()["paths"]
    missing = [
        f"{method.upper()} {path}"
        for path, methods in paths.items()
        for method, operation in methods.items()
        if f"{method.upper()} {path}<" not in page or operation["summary"] not in page
    ]
    assert missing == []
    assert "**" not in page
    assert [link for link in links.found if link.startswith("#") and f'id="{link[1:]}"' not in page] == []


def test_the_page_tells_what_to_send(edge: Edge) -> None:
    document = edge.client.get("/openapi.json").json()
    sections = dict(re.findall(r'<section id="(\w+)">(.*?)</section>', edge.client.get("/docs").text, re.DOTALL))
    told = 0
    for methods in document["paths"].values():
        for operation in methods.values():
            if "requestBody" not in operation:
                continue
            reference = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
            form = document["components"]["schemas"][reference.rpartition("/")[2]]
            section = sections[operation["operationId"]]
            assert [name for name in form["properties"] if f"<code>{name}</code>" not in section] == []
            rows = [re.match(r"<td><code>(\w+)</code>", row) for row in section.split("<tr>") if ">needed<" in row]
            assert {row[1] for row in rows if row} == set(form.get("required", []))
            assert "<td></td>" not in section, "a field of which is not said what it means"
            assert "For example:" in section
            told += 1
    assert told > 70


def test_an_unknown_address_says_where_to_look(edge: Edge) -> None:
    assert "listed at /" in problem(edge.client.get("/v1/treasures"), 404, "no_such_address")["detail"]


def test_an_address_says_what_it_takes_and_that_nothing_is_overwritten(edge: Edge) -> None:
    response = edge.client.delete("/v1/cohorts")
    detail = problem(response, 405, "method_not_allowed")["detail"]
    assert response.headers["Allow"] == "GET, HEAD, POST"
    assert detail.startswith("This address takes GET and HEAD and POST, not DELETE. What is on the record is not")
    response = edge.client.post("/v1/retention")
    detail = problem(response, 405, "method_not_allowed")["detail"]
    assert response.headers["Allow"] == "GET, HEAD"
    assert detail.startswith("This address takes GET and HEAD, not POST. GET asks, POST records;")
