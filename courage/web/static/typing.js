// What somebody types is kept: in this browser at once, on the server a moment later. Only they see it there.
import { base, loggedOut, over } from "./say.js";

const PREFIX = "courage-typed-";
const PAUSE = 600; // milliseconds without a key until the server hears of it
const AGAIN = 3000; // milliseconds until the next try where the server did not answer

const timers = new Map();
const running = new Map();
const box = () => document.querySelector("textarea[data-typed]");
const mine = () => `${PREFIX}${document.body.dataset.person}-`;
const name = (number) => mine() + number;

// {text, kept}: `kept` says that the server has exactly this text.
function read(number) {
  try {
    return JSON.parse(localStorage.getItem(name(number)));
  } catch {
    return null; // no such thing here, or no storage at all
  }
}

function write(number, value) {
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
  write(number, { text: area.value, kept: false });
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
    response = await post(number, local.text);
  } catch {
    state("here");
    later(number, AGAIN);
    return;
  }
  if (response.ok) {
    over("logged-out");
    const now = read(number);
    if (now && now.text === local.text) write(number, { text: local.text, kept: true });
    else later(number, PAUSE);
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

function post(number, text, more = {}) {
  const token = document.querySelector("meta[name=csrf]")?.content ?? "";
  return fetch(`${base}/cases/${number}/typed`, {
    method: "POST",
    body: new URLSearchParams({ text }),
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

// Put back what the server does not know yet; called for a fresh page and after each part that was put in place.
export async function restore(refresh = () => {}) {
  const number = document.querySelector("[data-case]")?.dataset.case;
  if (!number) return;
  const local = read(number);
  if (!local) return;
  if (document.querySelector("[data-case][data-gone], [data-case][data-sent]")) return write(number, null);
  if (local.kept) return;
  const area = box();
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
    if (local && !local.kept) post(number, local.text, { keepalive: true }).catch(() => {});
  });
  addEventListener("online", () => flush());
}
