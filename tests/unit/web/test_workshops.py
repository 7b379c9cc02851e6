"""Workshops on the desk: a trainer with a login, participants with nothing but a name and a cookie."""

from __future__ import annotations

import asyncio
import html
import io
import json
import re
from typing import Any

import pytest
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient
from pypdf import PdfReader

from courage.web.sheets import WORKSHOPS
from tests.unit.academy.workshop_kit import GARDEN
from tests.unit.web.conftest import Enter, Visitor, token_in
from tests.unit.web.world import World

pytestmark = pytest.mark.slow  # whole workshops over HTTP


class Guest:
    """A participant's browser without a browser."""

    def __init__(self, client: TestClient[Any, Any], code: str) -> None:
        self.client, self.code, self.csrf = client, code, ""

    async def page(self, status: int = 200) -> str:
        response = await self.client.get(f"/w/{self.code}")
        text = await response.text()
        assert response.status == status, text
        found = re.search(r'name="form-token" content="([^"]+)"', text)
        self.csrf = found[1] if found else self.csrf
        return html.unescape(text)

    async def join(self, name: str) -> ClientResponse:
        await self.page()
        return await self.client.post(f"/w/{self.code}/join", data={"csrf": self.csrf, "name": name})

    async def send(self, kind: str, **fields: object) -> ClientResponse:
        return await self.client.post(
            f"/w/{self.code}/{kind}",
            data={name: str(value) for name, value in fields.items()},
            headers={"Accept": "application/json", "X-CSRF-Token": self.csrf},
        )


class Lead:
    """A trainer with an open workshop."""

    def __init__(self, world: World, visitor: Visitor, number: int) -> None:
        self.world, self.visitor, self.id = world, visitor, number

    @property
    def code(self) -> str:
        return self.world.services.workshops.leading.snapshot(self.id, 1).code  # type: ignore[union-attr]

    @property
    def turn(self) -> int:
        turn = self.world.services.workshops.leading.snapshot(self.id, 1).turn_id  # type: ignore[union-attr]
        assert turn is not None
        return turn

    def answers(self) -> dict[str, int]:
        console = self.world.services.workshops.leading.console(self.id, 1)  # type: ignore[union-attr]
        return {one.text: one.id for one in console.answers}

    async def press(self, step: str, **fields: object) -> ClientResponse:
        return await self.visitor.press(f"/workshops/{self.id}/{step}", fields)

    async def guest(self, name: str) -> Guest:
        guest = Guest(TestClient(self.visitor.client.server), self.code)
        assert (await guest.join(name)).status == 200
        return guest


@pytest.fixture
async def lead(world: World, enter: Enter) -> Lead:
    trainer = await enter("trainer")
    page = await trainer.page("/workshops?language=en")
    assert "The rumour about the garden" in page
    made = await trainer.press("/workshops", {"title": "Together", "language": "en", "scenario": GARDEN})
    number = int(str(made.url).rsplit("/", 1)[1])
    return Lead(world, trainer, number)


async def test_the_whole_way_without_a_script(lead: Lead) -> None:
    """Plain forms, as with scripts switched off."""
    guest, other = await lead.guest("Ann"), await lead.guest("<b>Ben</b>")
    assert "&lt;b&gt;Ben" in await lead.visitor.page(f"/workshops/{lead.id}")
    await lead.press("begin")
    page = await guest.page()
    assert "<details><summary" in page  # the hateful message is hidden until somebody asks
    sent = await guest.client.post(
        f"/w/{lead.code}/answer",
        data={"csrf": token_in(page), "turn": lead.turn, "number": 1, "text": "Where did you hear that?"},
    )
    assert "Where did you hear that?" in await sent.text()
    answer = lead.answers()["Where did you hear that?"]
    await lead.press("show", answer=answer)
    await other.page()
    await other.client.post(
        f"/w/{lead.code}/vote", data={"csrf": other.csrf, "turn": lead.turn, "number": 1, "answer": answer}
    )
    await lead.press("talk")
    assert "1 vote" in await guest.page()
    await lead.press("notes", notes="A question opens a door.")
    assert "A question opens a door." in await other.page()
    await lead.press("go", **{"with": answer})
    assert "A calm question leaves Dave a way back." in await guest.page()


async def test_names_are_never_shown_to_participants_or_on_the_screen(lead: Lead) -> None:
    guest, other = await lead.guest("Annabelle"), await lead.guest("Ben")
    await lead.press("begin")
    await guest.send("answer", turn=lead.turn, number=1, text="Is that so?")
    await lead.press("show", answer=lead.answers()["Is that so?"])
    assert "Annabelle" not in await other.page()
    assert "Annabelle" not in await lead.visitor.page(f"/workshops/{lead.id}/screen")
    assert "Annabelle" in await lead.visitor.page(f"/workshops/{lead.id}")


async def test_writing_needs_the_token_of_the_page_and_the_cookie_of_the_workshop(lead: Lead) -> None:
    guest = await lead.guest("Ann")
    await lead.press("begin")
    fields = {"turn": lead.turn, "number": 1, "text": "Is that so?"}
    guest.csrf, right = "wrong", guest.csrf
    assert (await guest.send("answer", **fields)).status == 403
    guest.csrf = right
    stranger = Guest(TestClient(lead.visitor.client.server), lead.code)
    await stranger.page()
    refused = await stranger.send("answer", **fields)
    assert refused.status == 403
    assert "join it with a name" in (await refused.json())["error"]
    crossed = await guest.client.post(
        f"/w/{lead.code}/answer",
        data={**{k: str(v) for k, v in fields.items()}, "csrf": right},
        headers={"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
    )
    assert crossed.status == 403
    assert lead.answers() == {}
    assert (await guest.send("answer", **fields)).status == 200


async def test_a_participants_cookie_opens_nothing_else(lead: Lead, world: World) -> None:
    guest = await lead.guest("Ann")
    for path in ("/", "/cases", "/workshops", f"/workshops/{lead.id}", "/api/cases", "/academy/people"):
        response = await guest.client.get(path, allow_redirects=False)
        assert response.status in (303, 401)
    cookies = [c for c in guest.client.session.cookie_jar if c.key == "courage_workshop"]
    assert [(c["path"], c["httponly"], c["samesite"]) for c in cookies] == [(f"/w/{lead.code}", True, "Lax")]


async def test_volunteers_lead_no_workshops(lead: Lead, enter: Enter) -> None:
    volunteer = await enter("volunteer")
    for path in (f"/workshops/{lead.id}", "/workshops", f"/workshops/{lead.id}/attendance.csv"):
        assert (await volunteer.get(path)).status == 403
    assert (await volunteer.press(f"/workshops/{lead.id}/end")).status == 403


async def test_who_guesses_codes_has_to_wait(lead: Lead) -> None:
    client = lead.visitor.client
    for _ in range(30):
        assert (await client.get("/w/ABCDEF")).status == 404
    refused = await client.get("/w/ABCDEF")
    assert refused.status == 429
    assert int(refused.headers["Retry-After"]) > 0


async def test_a_browser_that_writes_without_end_is_slowed_down(lead: Lead) -> None:
    guest = await lead.guest("Ann")
    await lead.press("begin")
    lead.visitor.client.server.app[WORKSHOPS].writing._most = 3  # type: ignore[union-attr, attr-defined]
    statuses = [
        (await guest.send("answer", turn=lead.turn, number=n, text=f"try {n}")).status for n in range(1, 6)
    ]
    assert statuses == [200, 200, 200, 429, 429]


async def test_what_was_typed_stays_when_a_name_is_refused(lead: Lead) -> None:
    guest = Guest(TestClient(lead.visitor.client.server), lead.code)
    refused = await guest.join("x" * 61)
    page = await refused.text()
    assert refused.status == 400
    assert "x" * 61 in page
    assert 'id="problem"' in page


async def _events(response: ClientResponse, wanted: str) -> dict[str, Any]:
    """Return the data of the next event of a kind."""
    kind = ""
    async with asyncio.timeout(5):
        async for raw in response.content:
            line = raw.decode().rstrip()
            if line.startswith("event:"):
                kind = line[7:]
            elif line.startswith("data:") and kind == wanted:
                return dict(json.loads(line[6:]))
    raise AssertionError("the stream ended")


async def test_what_changes_is_told_and_a_browser_that_comes_back_misses_nothing(lead: Lead) -> None:
    guest = await lead.guest("Ann")
    stream = await guest.client.get(f"/w/{lead.code}/events")
    assert (await _events(stream, "state"))["phase"] == "lobby"
    await lead.press("begin")
    told = await _events(stream, "state")
    assert told["phase"] == "answer"
    assert 'data-send="answer"' in told["html"]
    stream.close()
    await lead.press("talk")
    back = await guest.client.get(f"/w/{lead.code}/events", headers={"Last-Event-ID": str(told["revision"])})
    assert (await _events(back, "state"))["phase"] == "talk"
    back.close()
    asked = await (await guest.client.get(f"/w/{lead.code}/state")).json()
    assert asked["phase"] == "talk"


async def test_the_trainer_hears_how_many_have_answered(lead: Lead) -> None:
    guest = await lead.guest("Ann")
    await lead.press("begin")
    stream = await lead.visitor.client.get(f"/workshops/{lead.id}/events")
    assert await _events(stream, "numbers") == {"people": 1, "answered": 0, "voted": 0}
    await guest.send("answer", turn=lead.turn, number=1, text="Is that so?")
    assert await _events(stream, "numbers") == {"people": 1, "answered": 1, "voted": 0}
    stream.close()
    back = await lead.visitor.client.get(f"/workshops/{lead.id}/events?seen=99")
    assert (await _events(back, "numbers"))["answered"] == 1  # what came while nobody listened
    back.close()


@pytest.mark.parametrize("language", ["en", "fr", "de", "ar"])
async def test_certificates_can_be_read_by_a_program_that_is_not_ours(lead: Lead, language: str) -> None:
    guest = await lead.guest("ليلى العلي")
    await lead.guest("Анна Шевченко")
    await lead.press("begin")
    assert (await guest.client.get(f"/w/{lead.code}/certificate.pdf")).status == 409  # not before the end
    await lead.press("end")
    mine = await guest.client.get(f"/w/{lead.code}/certificate.pdf?language={language}")
    assert mine.content_type == "application/pdf"
    pages = PdfReader(io.BytesIO(await mine.read())).pages
    assert len(pages) == 1
    text = pages[0].extract_text()
    title = {"en": "Certificate of attendance", "fr": "Attestation de participation",
             "de": "Teilnahmebescheinigung", "ar": "شهادة مشاركة"}  # fmt: skip
    assert title[language] in text
    if language == "ar":
        assert "ليلى العلي" in text
    everybody = await lead.visitor.get(f"/workshops/{lead.id}/certificates.pdf?language={language}")
    pages = PdfReader(io.BytesIO(await everybody.read())).pages
    assert len(pages) == 2
    assert "Анна Шевченко" in pages[1].extract_text()


async def test_leaving_takes_name_and_answers_along(lead: Lead) -> None:
    guest = await lead.guest("Ann")
    await lead.press("begin")
    await guest.send("answer", turn=lead.turn, number=1, text="Is that so?")
    await guest.client.post(f"/w/{lead.code}/leave", data={"csrf": guest.csrf, "sure": "yes"})
    assert lead.answers() == {}
    assert "Ann" not in await lead.visitor.page(f"/workshops/{lead.id}")


async def test_the_qr_code_is_the_address_and_breaks_no_policy(lead: Lead) -> None:
    page = await lead.visitor.page(f"/workshops/{lead.id}")
    svg = re.search(r"<svg.*?</svg>", page, re.S)
    assert svg is not None
    assert "style" not in svg[0]
    assert f"/w/{lead.code}" in page


@pytest.mark.parametrize("language", ["fr", "de", "ar"])
async def test_every_phase_is_in_the_readers_language(lead: Lead, language: str) -> None:
    guest = await lead.guest("Ann")
    guest.client.session.headers["Accept-Language"] = language
    for step, fields in (("begin", {}), ("talk", {}), ("go", {"with": "report"}), ("end", {})):
        await lead.press(step, **fields)
        page = await guest.page()
        assert f'<html lang="{language}"' in page
        assert not re.search(r"\b(everybody writes|talking about it|how it ended|Thank you for)\b", page)
