"""The API does what its description says: answers hold to it, and what it forbids is refused."""

from __future__ import annotations

import re
from dataclasses import fields
from typing import Any

import pytest

from courage.cases.views import CaseView, DecisionView, DraftView, EventView, ReplyView
from courage.detection.verdict import Reason, Verdict
from courage.library.exchange.import_job import OUTCOMES, ImportReport, RowOutcome
from courage.library.suggest.advice import Suggestion
from courage.library.views import Event, ResponseView
from courage.people.views import PersonView
from courage.web.routes import API
from courage.web.schemas import base, cases, decisions, library, people, screening
from courage.web.table import PUBLIC
from tests.unit.web.conftest import Enter, Visitor
from tests.unit.web.contract import document, operation_of
from tests.unit.web.test_cases_pages import flag
from tests.unit.web.test_guards import address, named
from tests.unit.web.world import HATE, PASSWORD, World


class Everything:
    """Calls the API and remembers which operations gave the answer that they promise first."""

    def __init__(self) -> None:
        self.done: set[tuple[str, str]] = set()

    async def __call__(
        self, who: Visitor, method: str, path: str, body: Any = None, status: int = 200, **more: Any
    ) -> Any:
        response = await who.api(method, path, body, **more)
        assert response.status == status, f"{method} {path}: {await response.text()}"
        found = operation_of(method, path)
        assert found is not None, path
        self.done.add((method, found[0]))
        return await (response.json() if response.content_type == "application/json" else response.text())


async def test_every_operation_answers_as_described(world: World, enter: Enter) -> None:
    ask = Everything()
    admin, trainer = await enter("admin"), await enter("trainer")
    await ask(admin, "POST", "/api/session", {"name": "admin one", "password": PASSWORD})
    await ask(admin, "GET", "/api/openapi.json")
    await ask(admin, "GET", "/api/me")
    await ask(admin, "POST", "/api/screen", {"text": HATE, "sensitivity": None})
    wish = {"strategies": ["facts"], "tone": None, "shorter": True, "exclude": ["en-x-001"]}
    await ask(admin, "POST", "/api/suggest", {"text": HATE, "wish": wish, "limit": 2})

    first, second = await flag(world), await flag(world, "They are vermin.", "m2")
    at = f"/api/cases/{first}"
    assert len(await ask(admin, "GET", "/api/cases?limit=200&language=en")) == 2
    for step in ("claim", "release", "undo", "dismiss", "missed", "escalate", "close"):
        await ask(admin, "POST", f"{at}/{step}")
    history = (await ask(admin, "GET", at))["history"]
    assert "closed" in {event["kind"] for event in history}

    at = f"/api/cases/{second}"
    await ask(admin, "POST", f"{at}/claim")
    assert (await ask(admin, "POST", f"{at}/message"))["reasons"]
    assert (await ask(admin, "POST", f"{at}/suggest", {"others": False}))["suggestions"][0]["number"] == 1
    await ask(admin, "POST", f"{at}/choose", {"number": 1})
    await ask(admin, "POST", f"{at}/draft", {"text": "We are all neighbours."})
    await ask(admin, "POST", f"{at}/post", {"version": 2})
    whole = await ask(admin, "GET", at)
    assert (whole["draft"]["version"], whole["reply"]["text"]) == (2, "We are all neighbours.")

    (one, *_) = await ask(trainer, "GET", "/api/decisions?state=waiting&limit=5")
    at = f"/api/decisions/{one['id']}"
    for step in ("message", "confirm", "reject"):
        await ask(trainer, "POST", f"{at}/{step}")

    key = world.keys.add("other program", ("screen",))[1]
    harmless = await world.services.screen("Good morning!", "balanced")
    assert world.services.proposals is not None
    assert world.services.proposals.propose(harmless, "missed", api_key_id=key.id)
    (one, *_) = await ask(trainer, "GET", "/api/proposals?state=waiting&limit=5")
    at = f"/api/proposals/{one['id']}"
    for step in ("message", "confirm", "reject"):
        await ask(trainer, "POST", f"{at}/{step}")

    new = {"text": "Hope is stronger.", "language": "en", "strategy": "positive",
           "sources": [{"title": "A report", "year": 2024.0}], "review_on": "2031-05-06"}  # fmt: skip
    entry = await ask(trainer, "POST", "/api/library", new, 201)
    assert entry["review_on"] == "2031-05-06"
    at = f"/api/library/{entry['id']}"
    await ask(trainer, "PUT", at, {"text": "Hope is stronger!", "lock": entry["lock"]})
    await ask(trainer, "POST", f"{at}/submit", {"why": "ready"})
    await ask(admin, "POST", f"{at}/reject", {"why": "not yet"})
    await ask(trainer, "POST", f"{at}/submit")
    await ask(admin, "POST", f"{at}/approve", {"lock": None})
    await ask(admin, "POST", f"{at}/comment", {"text": "good"}, 201)
    await ask(admin, "POST", f"{at}/retire")
    await ask(admin, "POST", f"{at}/restore")
    await ask(admin, "GET", at)
    assert len(await ask(admin, "GET", "/api/library?q=&limit=2&offset=1")) == 2
    for layout in library.FORMATS:
        file = await ask(admin, "GET", f"/api/library/export?format={layout}")
        path = f"/api/library/import?format={layout}&apply=no"
        assert (await ask(trainer, "POST", path, data=file.encode()))["rows"]

    assert {(line.method, line.path) for line in API} - ask.done == set()


class ByRole:
    """Visitors who may use a route, each logged in once: a desk for every route would take minutes."""

    def __init__(self, enter: Enter) -> None:
        self._enter = enter
        self._known: dict[str | None, Visitor] = {}

    async def __call__(self, roles: frozenset[str] | None) -> Visitor:
        role = None if roles is PUBLIC else "trainer" if "trainer" in roles else "admin"
        if role not in self._known:
            self._known[role] = await self._enter(role)
        return self._known[role]


async def refused(who: Visitor, method: str, path: str, body: Any = None) -> str:
    """Send something that must not pass; return the one line that is said of it."""
    response = await who.api(method, path, body)
    assert response.status == 400, f"{method} {path}: {await response.text()}"
    error: str = (await response.json())["error"]
    assert "\n" not in error
    return error


async def test_a_key_that_no_query_knows_is_refused(enter: Enter) -> None:
    visitor = ByRole(enter)
    for line in API:
        error = await refused(await visitor(line.roles), line.method, address(line) + "?nonsense=1")
        allowed = ", ".join(line.query.model_fields) if line.query else "none"
        assert error == f"unknown key 'nonsense' in the query; allowed: {allowed}", named(line)


def _forbidden(schema: dict[str, Any]) -> list[str]:
    """Return values that a parameter's schema forbids: past a bound, none of a list, of another type."""
    found = ["nonsense"] if "enum" in schema else []
    if schema.get("type") == "integer":
        found += [str(schema["minimum"] - 1), str(schema["maximum"] + 1), "9" * 5000, "abc", "1.5", ""]
    if "maxLength" in schema:
        found.append("a" * (schema["maxLength"] + 1))
    return found


async def test_what_the_description_forbids_in_a_query_is_refused(enter: Enter) -> None:
    visitor, tried = ByRole(enter), 0
    for line in API:
        parameters = document()["paths"][line.path][line.method.lower()]["parameters"]
        for parameter in parameters:
            if parameter["in"] != "query":
                continue
            needed = [p["name"] for p in parameters if p["required"] and p is not parameter]
            rest = "".join(f"&{name}=csv" for name in needed)
            for value in _forbidden(parameter["schema"]):
                tried += 1
                path = f"{address(line)}?{parameter['name']}={value}{rest}"
                error = await refused(await visitor(line.roles), line.method, path)
                assert re.match(rf"'{parameter['name']}' (is|must|has)", error), error
                assert "allowed" in error or "must be between" in error
    assert tried > 30


async def test_a_query_that_says_too_much_is_refused(enter: Enter) -> None:
    admin = await enter("admin")
    for query, says in (
        ("limit=5000", "'limit' must be between 1 and 200"),
        ("limit=1&limit=2", "key 'limit' is given twice in the query"),
        ("%F0%9F%98%80=1", "unknown key"),
    ):
        assert says in await refused(admin, "GET", f"/api/cases?{query}")


async def test_a_field_that_no_body_knows_is_refused(enter: Enter) -> None:
    visitor = ByRole(enter)
    for line in API:
        if line.body is None:
            continue
        error = await refused(await visitor(line.roles), line.method, address(line), {"nonsense": 1})
        allowed = ", ".join(line.body.model_fields) or "none"
        assert error == f"unknown field 'nonsense' in the body; allowed: {allowed}", named(line)


async def test_a_field_at_fault_is_named_with_what_is_allowed(enter: Enter) -> None:
    trainer = await enter("trainer")
    whole = {"text": "a", "language": "en", "strategy": "facts"}
    for body, says in (
        ({"language": "en", "strategy": "facts"}, "field 'text' is missing in the body"),
        ({"targets": "roma"}, "field 'text' is missing in the body"),
        ({"text": "a"}, "field 'language' is missing in the body; allowed: en, fr, de, ar"),
        ({**whole, "targets": "roma"}, "field 'targets' must be a list"),
        ({**whole, "targets": [1]}, "field 'targets' must be a list of texts"),
        ({**whole, "targets": ["elves"]}, "field 'targets' has the value 'elves'; allowed: women, "),
        ({**whole, "sources": [1]}, "field 'sources' must be a list of objects"),
        ({**whole, "sources": [{"year": 2}]}, "field 'title' is missing in field 'sources'"),
        ({**whole, "sources": [{"title": "a", "year": 10_000}]}, "field 'year' must be between 0 and 9999"),
        (
            {**whole, "sources": [{"name": "a"}]},
            "unknown field 'name' in field 'sources'; allowed: title, publisher, year, locator",
        ),
        ({**whole, "text": " \x00"}, "field 'text' is empty; it needs a text"),
        ({**whole, "sources": [{"title": "a", "year": 1.5}]}, "field 'year' must be a whole number"),
        ({**whole, "licence": "l" * 61}, "field 'licence' has 61 characters; at most 60 are allowed"),
        ({"\ud800": 1}, "unknown field '\\ud800' in the body"),
    ):
        assert says in await refused(trainer, "POST", "/api/library", body)


@pytest.mark.parametrize(
    ("model", "value", "apart"),
    [
        (cases.Case, CaseView, set()),
        (cases.Draft, DraftView, set()),
        (cases.Reply, ReplyView, set()),
        (cases.Event, EventView, set()),
        (decisions.Decision, DecisionView, set()),
        (library.Response, ResponseView, {"number", "content_hash"}),
        (library.Remark, Event, set()),
        (library.ImportReport, ImportReport, set()),
        (library.ImportRow, RowOutcome, {"error"}),
        (people.Person, PersonView, set()),
        (screening.Verdict, Verdict, {"by_sensitivity"}),
        (screening.Reason, Reason, set()),
        (screening.Suggestion, Suggestion, {"parts"}),
    ],
)
def test_a_value_and_its_model_have_the_same_fields(
    model: type[base.Answer], value: Any, apart: set[str]
) -> None:
    # What is kept from an answer is named here: a new field of a value is either promised or held back on purpose.
    described = {field.validation_alias or name for name, field in model.model_fields.items()}
    known = {field.name for field in fields(value)} | {
        n for n, it in vars(value).items() if isinstance(it, property)
    }
    assert {field.name for field in fields(value)} - apart <= described <= known
    assert set(library.ImportCounts.model_fields) == set(OUTCOMES)


def test_client_generators_find_what_they_need() -> None:
    """Generators drop an operation whose body, answer or name they cannot make out, mostly without an error."""
    names = [
        operation["operationId"] for methods in document()["paths"].values() for operation in methods.values()
    ]
    assert len(names) == len(set(names)) == len(API)
    assert all(re.fullmatch(r"[a-z]\w+", name) for name in names)
    for methods in document()["paths"].values():
        for operation in methods.values():
            assert set(operation.get("requestBody", {}).get("content", {})) <= {
                "application/json", "application/octet-stream",
            }, operation["operationId"]  # fmt: skip

    def walk(part: Any) -> None:
        if isinstance(part, dict):
            if part.get("type") == "array":
                assert part.get("items"), part
            if "enum" in part and "default" in part:
                assert part["default"] in part["enum"], part
            for value in part.values():
                walk(value)
        elif isinstance(part, list):
            for value in part:
                walk(value)

    walk(document())


def test_the_description_says_what_every_model_is() -> None:
    for name, schema in document()["components"]["schemas"].items():
        assert schema.get("description"), name
        assert "__" not in name, "two models of one name"
