// What somebody types is kept: in this browser at once, on the server a moment later. Only they see it there.
import { base, loggedOut, over } from "./say.js";

const PREFIX = "courage-typed-";
const PAUSE = 600; // milliseconds without a key until the server hears of it
const AGAIN = 3000; // milliseconds until the next try where the server did not answer

// This page, among all on which the same person may be typing: its own text is never in its way.
const device = Array.from(crypto.getRandomValues(new Uint8Array(12)), (n) => n.toString(16).padStart(2, "0")).join("");
// What was typed on this very page: another tab of the same browser shares the storage, and types something of its own.
const here = new Map();
const timers = new Map();
const running = new Map();
const box = () => document.querySelector("textarea[data-typed]");
const mine = () => `${PREFIX}${document.body.dataset.person}-`;
const name = (number) => mine() + number;

// {text, kept, revision}: `kept` says that the server has exactly this text, `revision` which of its texts this one began with.
function read(number) {
  if (here.has(number)) return here.get(number);
  try {
    return JSON.parse(localStorage.getItem(name(number)));
  } catch {
    return null; // no such thing here, or no storage at all
  }
}

function write(number, value) {
  value ? here.set(number, value) : here.delete(number);
  try {
    value ? localStorage.setItem(name(number), JSON.stringify(value)) : localStorage.removeItem(name(number));
  } catch {
    // A browser that keeps nothing still has the server.
  }
}

function state(key) {
  const line = document.querySelector("#typed-state");
  if (line && line.dataset[key]) line.textContent = line.dataset[key];
}

let pressed = 0;

// When somebody last wrote something in the box, in the clock of Date.now().
export const pressedAt = () => pressed;

// Remember where somebody is writing; the function that comes back puts them there again in a fresh box, whose caret
// would be at the start: they would write before what they wrote. It says whether it did.
export function place() {
  const area = document.activeElement;
  if (!area?.matches("textarea[data-typed]")) return () => false;
  const [start, end] = [area.selectionStart, area.selectionEnd];
  return () => {
    const fresh = box();
    fresh?.focus();
    fresh?.setSelectionRange(start, end);
    return Boolean(fresh);
  };
}

function typed(area) {
  pressed = Date.now();
  const number = area.dataset.typed;
  const local = read(number);
  const began = local && !local.kept ? local.revision : Number(area.dataset.revision);
  write(number, { text: area.value, kept: false, revision: began });
  state("saving");
  later(number, PAUSE);
}

function later(number, pause) {
  clearTimeout(timers.get(number));
  timers.set(number, setTimeout(() => flush(number), pause));
}

// Tell the server now; resolves when it has answered, whatever it said.
export async function flush(number = box()?.dataset.typed) {
  if (!number) return;
  clearTimeout(timers.get(number));
  await running.get(number);
  const work = keep(number);
  running.set(number, work);
  await work;
}

async function keep(number, oncemore = true) {
  const local = read(number);
  if (!local || local.kept) return;
  let response;
  try {
    response = await post(number, local);
  } catch {
    state("here");
    later(number, AGAIN);
    return;
  }
  if (response.ok) {
    over("logged-out");
    const answer = await response.json();
    if (!answer.kept) return elsewhere(number, answer);
    const now = read(number);
    if (now && now.text === local.text) write(number, { text: local.text, kept: true, revision: answer.revision });
    else if (now) {
      write(number, { ...now, revision: answer.revision });
      later(number, PAUSE);
    }
    seen(number, answer.revision);
    state("saved");
  } else if (response.status === 401) {
    state("here");
    loggedOut();
  } else if (response.status === 403 && oncemore && (await freshToken())) {
    await keep(number, false); // logged in anew in another tab: the token of this page is an old one
  } else if (response.status === 404 || response.status === 409) {
    write(number, null); // its message is gone, and with it all that may quote it
    state("gone");
  } else {
    state("here");
    later(number, AGAIN);
  }
}

// The server's text that this page has seen; forms send it along.
function seen(number, revision) {
  const area = box();
  if (area?.dataset.typed !== String(number)) return;
  area.dataset.revision = revision;
  const field = area.form?.querySelector("input[name=revision]");
  if (field) field.value = revision;
}

// The same person wrote something else on another device: both are shown, and nothing is overwritten.
function elsewhere(number, answer) {
  state("elsewhere");
  const panel = document.querySelector("#other-text");
  if (!panel || box()?.dataset.typed !== String(number)) return;
  panel.querySelector("blockquote").textContent = answer.other;
  panel.querySelector("input[name=revision]").value = answer.revision;
  panel.querySelector("input[name=text]").value = box().value;
  panel.hidden = false;
}

function post(number, local, more = {}) {
  const token = document.querySelector("meta[name=csrf]")?.content ?? "";
  return fetch(`${base}/cases/${number}/typed`, {
    method: "POST",
    body: new URLSearchParams({ text: local.text, revision: local.revision ?? 0, device }),
    headers: { Accept: "application/json", "X-CSRF-Token": token },
    credentials: "same-origin",
    ...more,
  });
}

async function freshToken() {
  const response = await fetch(`${base}/keys`, { headers: { Accept: "text/html" }, credentials: "same-origin" });
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  const token = fresh.querySelector("meta[name=csrf]")?.content;
  if (!token || fresh.body.dataset.person !== document.body.dataset.person) return false;
  document.querySelector("meta[name=csrf]").content = token;
  for (const field of document.querySelectorAll("input[name=csrf]")) field.value = token;
  return true;
}

// What somebody wrote in the box before this script was there. What the browser itself put back is not: this browser has it.
const early = (area, local) => area.value !== area.defaultValue && area.value !== local?.text;

// Put back what the server does not know yet; called for a fresh page and after each part that was put in place.
export async function restore(refresh = () => {}) {
  const number = document.querySelector("[data-case]")?.dataset.case;
  if (!number) return;
  let local = read(number);
  if (document.querySelector("[data-case]:is([data-gone], [data-sent], [data-settled])")) return local && write(number, null);
  const area = box();
  if (area && local && !local.kept && area.defaultValue === local.text) {
    // It did arrive: the page was gone before the answer came.
    local = { ...local, kept: true, revision: Number(area.dataset.revision) };
    write(number, local);
  }
  if (area && early(area, local)) {
    // Words of before that never reached the desk stand above them: neither is lost.
    if (local && !local.kept && local.text) area.value = `${local.text}\n${area.value}`;
    typed(area);
    return flush(number);
  }
  if (!local || local.kept) return;
  if (area && area.value !== local.text) {
    area.value = local.text;
    state("back");
  }
  await flush(number);
  if (!area && read(number)?.kept) refresh();
}

// Whoever logs out leaves nothing behind in this browser that the server has, and no half-filled form.
function forget() {
  for (const key of Object.keys(localStorage)) {
    if (key.startsWith(`courage-form-${document.body.dataset.person}-`)) localStorage.removeItem(key);
    if (key.startsWith(mine()) && JSON.parse(localStorage.getItem(key))?.kept) localStorage.removeItem(key);
  }
}

export function typing() {
  document.addEventListener("input", (event) => {
    if (event.target.matches?.("textarea[data-typed]")) typed(event.target);
  });
  // Before any other listener reads the form: what stands in the box now is what is chosen or put aside.
  document.addEventListener(
    "submit",
    (event) => {
      const field = event.target.closest?.("#other-text form")?.querySelector("input[name=text]");
      if (field && box()) field.value = box().value;
    },
    true,
  );
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (form.getAttribute("action") !== `${base}/logout`) return;
    event.preventDefault();
    await flush();
    try {
      forget();
    } catch {
      // no storage, nothing to forget
    }
    form.submit();
  });
  addEventListener("pagehide", () => {
    const number = box()?.dataset.typed;
    const local = number && read(number);
    if (local && !local.kept) post(number, local, { keepalive: true }).catch(() => {});
  });
  addEventListener("online", () => flush());
}
