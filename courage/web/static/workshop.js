// A participant's page: what is written stays in this browser until the workshop has it, however bad the connection is.
import { base, say } from "./say.js";
import { listen, put } from "./workshop_line.js";

const region = document.querySelector("#sheet");
const words = region.dataset;
const path = `/w/${words.code}`;
// Whoever joins anew, as somebody else, does not find what was written before.
const STORE = `courage-workshop-${words.code}-${words.person}`;
const AGAIN = [1000, 2000, 4000, 8000];

let kept = read();
kept.number = Math.max(kept.number ?? 0, Number(words.number));
let sending = false;
let tries = 0;
let token = document.querySelector('meta[name="form-token"]').content;

function read() {
  try {
    return JSON.parse(localStorage.getItem(STORE)) ?? {};
  } catch {
    return {};
  }
}

function keep() {
  try {
    localStorage.setItem(STORE, JSON.stringify(kept));
  } catch {
    // A full or forbidden store: it is sent from memory.
  }
}

// Another tab of this browser may have written meanwhile: numbers go on from the highest of both.
function catchUp() {
  const stored = read();
  kept = { ...kept, ...stored, number: Math.max(kept.number, stored.number ?? 0) };
}

const about = (one, other) => one.kind === other.kind && one.fields.turn === other.fields.turn && one.fields.when === other.fields.when;
const same = (one, other) => about(one, other) && JSON.stringify(one.fields) === JSON.stringify(other.fields);

function tell(kind, text) {
  const place = region.querySelector(`form[data-send="${kind}"] .sent`);
  if (place) place.textContent = text;
}

// What was typed and not sent, and what was voted for, goes back into a page that the engine made for everybody.
function fill() {
  for (const form of region.querySelectorAll('form[data-send="feel"]')) {
    const felt = kept.felt?.[form.elements.when.value];
    if (!felt) continue;
    form.elements.words.value = felt.words ?? "";
    form.elements.feeling.value = felt.feeling ?? "";
  }
  const form = region.querySelector("form[data-send]");
  if (!form) return;
  const turn = form.querySelector('[name="turn"]')?.value;
  if (form.dataset.send === "answer" && kept.typed?.turn === turn) form.querySelector("textarea").value = kept.typed.text;
  if (form.dataset.send === "vote") {
    const chosen = kept.vote?.turn === turn && form.querySelector(`[value="${kept.vote.answer}"][name="answer"]`);
    if (chosen) chosen.checked = true;
  }
  for (const one of kept.waiting ?? []) if (one.kind === form.dataset.send) tell(one.kind, words.waits);
}

region.addEventListener("input", (event) => {
  const feeling = event.target.closest('form[data-send="feel"]');
  if (feeling) {
    const { when, csrf, ...felt } = Object.fromEntries(new FormData(feeling));
    kept.felt = { ...kept.felt, [when]: felt };
    keep();
  }
  const form = event.target.closest('form[data-send="answer"]');
  if (!form) return;
  kept.typed = { turn: form.querySelector('[name="turn"]').value, text: event.target.value };
  keep();
});

region.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-send]");
  if (!form) return;
  event.preventDefault();
  const kind = form.dataset.send;
  catchUp();
  const fields = Object.fromEntries(new FormData(form));
  delete fields.csrf;
  if (kind !== "feel") fields.number = String((kept.number += 1));
  if (kind === "vote") kept.vote = { turn: fields.turn, answer: fields.answer };
  const other = (kept.waiting ?? []).filter((one) => !about(one, { kind, fields }));
  kept.waiting = [...other, { kind, fields }];
  keep();
  tell(kind, words.waits);
  send();
});

async function send() {
  if (sending) return;
  sending = true;
  try {
    while (kept.waiting?.length) {
      const [one] = kept.waiting;
      const answered = await post(one);
      if (!answered) {
        setTimeout(send, AGAIN[Math.min(tries, AGAIN.length - 1)]);
        tries += 1;
        return;
      }
      tries = 0;
      catchUp();
      kept.waiting = (kept.waiting ?? []).filter((other) => !same(one, other));
      keep();
      const { answer: sent, vote: voted, feel: felt } = { answer: words.sent, vote: words.voted, feel: words.felt };
      const said = { answer: answered.in_time === false ? words.late : sent, vote: voted, feel: felt }[one.kind];
      tell(one.kind, answered.error ?? said);
    }
  } finally {
    sending = false;
  }
}

// Returns what the engine said; nothing where it has to be tried again.
async function post({ kind, fields }, again = true) {
  try {
    const response = await fetch(`${base}${path}/${kind}`, {
      method: "POST",
      body: new URLSearchParams(fields),
      headers: { Accept: "application/json", "X-CSRF-Token": token },
      credentials: "same-origin",
    });
    if (response.status >= 500 || response.status === 429) return null;
    if (response.status === 403 && again) {
      // The token of the page may be old, after somebody logged in in this browser.
      const page = await (await fetch(location.href, { credentials: "same-origin" })).text();
      token = new DOMParser().parseFromString(page, "text/html").querySelector('meta[name="form-token"]')?.content ?? token;
      return post({ kind, fields }, false);
    }
    return await response.json();
  } catch {
    return null;
  }
}

listen(path, {
  seen: () => words.revision,
  state: (now) => {
    if (now.revision <= Number(words.revision)) return;
    words.revision = now.revision;
    const had = region.contains(document.activeElement);
    put(region, now.html);
    fill();
    say(words.news);
    if (had) {
      region.tabIndex = -1;
      region.focus();
    }
  },
  line: (fine) => (document.querySelector("#line").hidden = fine),
});
addEventListener("online", send);
fill();
send();
