// What somebody types is kept: in this browser at once, on the server a moment later. Only they see it there.
import { base, loggedOut, over } from "./say.js";

const PREFIX = "courage-typed-";
const PAUSE = 600; // milliseconds without a key until the server hears of it
const AGAIN = 3000; // milliseconds until the next try where the server did not answer
const SLACK = 1000; // milliseconds by which a browser's clocks may differ
const PAGES = 8; // of how many pages before this one is remembered that their words are in the text

// This page, among all on which the same person may be typing: its own text is never in its way.
const device = Array.from(crypto.getRandomValues(new Uint8Array(12)), (n) => n.toString(16).padStart(2, "0")).join("");
// What was typed on this very page: another tab of the same browser shares the storage, and types something of its own.
const here = new Map();
const timers = new Map();
const running = new Map();
const box = () => document.querySelector("textarea[data-typed]");
const mine = () => `${PREFIX}${document.body.dataset.person}-`;
const name = (number) => mine() + number;

// {text, kept, revision, at, turns}: `kept` says that the server has exactly this text, since `at`; `revision` which of its
// texts this one is or began with. `turns` counts what was typed on each page whose words are in it: a save that is late,
// or whose answer never came, is then known for an older state of this very text, and for no other one.
const read = (number) => (here.has(number) ? here.get(number) : stored(name(number)));

function stored(key) {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {
    return null; // no such thing here, or no storage at all
  }
}

function write(number, value) {
  value ? here.set(number, value) : here.delete(number);
  try {
    putAside(number, value);
    value ? localStorage.setItem(name(number), JSON.stringify({ ...value, by: device })) : localStorage.removeItem(name(number));
  } catch {
    // A browser that keeps nothing still has the server.
  }
}

// Two tabs without a connection write about the same case: what one has written down is not overwritten by the other, which
// knows nothing of it, but put aside until a page is opened anew.
const aside = (number, by = "") => `${name(number)}-aside-${by}`;
const allAside = (number) => Object.keys(localStorage).filter((key) => key.startsWith(aside(number)));

function putAside(number, value) {
  if (!value) return allAside(number).forEach((key) => localStorage.removeItem(key));
  localStorage.removeItem(aside(number, device));
  const before = stored(name(number));
  if (!before?.by || before.kept || before.by === device || before.by in (value.turns ?? {}) || before.text === value.text) return;
  localStorage.setItem(aside(number, before.by), JSON.stringify(before));
}

// The texts that were put aside; they are the caller's from now on.
function takeAside(number) {
  try {
    return allAside(number).map((key) => {
      const text = stored(key)?.text;
      localStorage.removeItem(key);
      return text;
    });
  } catch {
    return []; // no storage, nothing put aside
  }
}

function state(key) {
  const line = document.querySelector("#typed-state");
  if (line && line.dataset[key]) line.textContent = line.dataset[key];
}

let pressed = 0;

// When somebody last wrote something in the box, in the clock of Date.now().
export const pressedAt = () => pressed;

// Remember where somebody is writing; the function that comes back puts them there again if the box is a fresh one, whose
// caret would be at the start: they would write before what they wrote. It says whether they are in the box.
export function place() {
  const area = document.activeElement;
  if (!area?.matches("textarea[data-typed]")) return () => false;
  const [start, end] = [area.selectionStart, area.selectionEnd];
  return () => {
    const fresh = box();
    if (fresh && fresh === document.activeElement) return true;
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
  const turns = Object.entries({ ...local?.turns, [device]: (local?.turns?.[device] ?? 0) + 1 }).slice(-PAGES);
  write(number, { text: area.value, kept: false, revision: began, turns: Object.fromEntries(turns) });
  state("saving");
  later(number, PAUSE);
}

function later(number, pause) {
  clearTimeout(timers.get(number));
  timers.set(number, setTimeout(() => flush(number), pause));
}

// Tell the server now; resolves when it has answered, whatever it said. One save after the other: each sends what stands
// there when its turn has come.
export function flush(number = box()?.dataset.typed) {
  if (!number) return Promise.resolve();
  clearTimeout(timers.get(number));
  const work = Promise.resolve(running.get(number)).then(() => keep(number));
  running.set(number, work);
  return work;
}

const turn = (local) => local?.turns?.[device] ?? 0;

async function keep(number, oncemore = true) {
  const local = read(number);
  if (!local || local.kept) return;
  const response = await post(number, local).catch(() => null);
  const answer = await response?.json().catch(() => null);
  if (!answer) {
    // No connection, an answer that broke off, or one of something that stands before the desk.
    state("here");
    later(number, AGAIN);
  } else if (response.ok) {
    over("logged-out");
    if (!answer.kept) return elsewhere(number, answer);
    const now = read(number);
    const { revision } = answer;
    if (now && now.text === local.text && turn(now) === turn(local)) write(number, { ...local, kept: true, revision, at: Date.now() });
    else if (now) {
      write(number, { ...now, kept: false, revision });
      later(number, PAUSE);
    }
    seen(number, revision);
    state("saved");
  } else if (response.status === 401) {
    state("here");
    loggedOut();
  } else if (response.status === 403 && oncemore && (await freshToken().catch(() => false))) {
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
  const before = Object.entries(local.turns ?? {}).filter(([page]) => page !== device);
  const after = before.map(([page, count]) => `${page}:${count}`).join(" ");
  return fetch(`${base}/cases/${number}/typed`, {
    method: "POST",
    body: new URLSearchParams({ text: local.text, revision: local.revision ?? 0, device, turn: turn(local), after }),
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

// Whether what this browser has is newer than a page that was asked for at `asked`, on which the text `revision` stands: a
// save that was under way while the page was made may not stand on it.
const newer = (local, revision, asked) => local && (!local.kept || (local.at >= asked - SLACK && local.revision > revision));

// What is on a fresh page meets the box that stands here: the newer text stays.
export function meet(area, text, revision, asked) {
  const local = document.querySelector("[data-case][data-settled]") ? null : read(area.dataset.typed);
  area.defaultValue = text;
  if (!newer(local, revision, asked)) {
    if (area.value !== text) area.value = text;
    area.dataset.revision = revision;
  } else if (local.kept) seen(area.dataset.typed, local.revision);
}

// Put back what the server does not know yet; called for a fresh page and after each part that was put in place.
export async function restore(asked, refresh = () => {}) {
  const number = document.querySelector("[data-case]")?.dataset.case;
  if (!number) return;
  let local = read(number);
  if (document.querySelector("[data-case]:is([data-gone], [data-sent], [data-settled])")) return local && write(number, null);
  const area = box();
  // What a browser itself puts back after a reload may be older than what is kept here.
  if (area) area.autocomplete = "off";
  const chooses = document.querySelector("#other-text:not([hidden])");
  if (area && local && !local.kept && area.defaultValue === local.text && !chooses) {
    // It did arrive: the page was gone before the answer came.
    local = { ...local, kept: true, revision: Number(area.dataset.revision), at: Date.now() };
    write(number, local);
  }
  const ours = newer(local, Number(area?.dataset.revision ?? 0), asked);
  const above = area && !chooses ? takeAside(number) : [];
  const fresh = area && early(area, local);
  if (fresh || above.length) {
    // Words of before that never reached the desk stand above what is here: neither is lost.
    if (ours && fresh) above.push(local.text);
    const stands = ours && !fresh ? local.text : area.value;
    area.value = [...above.filter((text) => text !== stands), stands].filter(Boolean).join("\n");
    typed(area);
    return flush(number);
  }
  if (!ours) return;
  here.set(number, local); // it is this page's own from now on, whatever another one writes down
  if (area && area.value !== local.text) {
    area.value = local.text;
    state(local.kept ? "saved" : "back");
  }
  if (local.kept) return seen(number, local.revision);
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
  // A page that the browser had put aside comes back as it was: what was written elsewhere meanwhile is not on it.
  addEventListener("pageshow", (event) => {
    if (!event.persisted || !box()) return;
    const local = read(box().dataset.typed);
    local && !local.kept ? flush() : location.reload();
  });
}
