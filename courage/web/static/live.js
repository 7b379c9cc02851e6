// Events from the engine over server-sent events; hidden pages do not listen, so that many tabs do no harm.
import { base, loggedOut, notice, over, texts } from "./say.js";
import { page, replace } from "./parts.js";
import { focusOn, say, settled } from "./swap.js";
import { flush, place, pressedAt, restore } from "./typing.js";
import { refresh as refreshPractice } from "./practice.js";

const SILENT = 4500; // milliseconds without a beat of the engine (one every two seconds) until the line counts as dead
const PAUSE = 1500; // milliseconds without a key until the page may change under somebody who types
const AGAIN = 2500; // milliseconds until the next try of a line that the engine refused

let source = null;
let heard = 0;
let opened = 0;
const waiting = new Set();

function open() {
  if (document.hidden) return;
  shut();
  const mine = (source = new EventSource(`${base}/events`));
  opened = heard = Date.now();
  const listen = (name, call) =>
    mine.addEventListener(name, (event) => {
      heard = Date.now();
      call(event);
    });
  listen("case", (event) => changed(JSON.parse(event.data)));
  listen("practice", () => soon(refreshPractice));
  listen("beat", () => {});
  listen("hello", () => {
    over("stream");
    // What happened while nobody listened (a hidden page, a broken line) is fetched now.
    if (document.body.dataset.live) catchUp();
    document.body.setAttribute("data-live", "on");
  });
  mine.addEventListener("error", () => {
    if (mine === source) lost();
  });
}

// A browser gives up on a line that was refused, and does not notice one that went dead: so we look ourselves.
function watch() {
  if (document.hidden) return;
  const now = Date.now();
  if (source && source.readyState !== EventSource.CLOSED && now - heard < SILENT) return;
  lost();
  if (now - opened < AGAIN) return;
  catchUp();
  open();
}

function lost() {
  document.body.setAttribute("data-live", "off");
  notice("stream", texts().stream ?? "");
}

function catchUp() {
  flush(); // whoever was without a connection, or logged out, may have written meanwhile
  const where = document.body.dataset.page;
  if (where === "practice") soon(refreshPractice);
  if (where === "cases" && document.querySelector("#queue")) soon(refreshQueue);
  settled().then(() => document.querySelector("[data-case]") && soon(refreshCase));
}

function shut() {
  source?.close();
  source = null;
}

// Several events of one sort within a moment lead to one look; of two sorts, to one look each.
function soon(call) {
  if (waiting.has(call)) return;
  waiting.add(call);
  setTimeout(() => {
    waiting.delete(call);
    Promise.resolve(call()).catch(() => {}); // without a connection; the next one catches up
  }, 60);
}

const announced = new Set();

function announce(words, number) {
  if (announced.has(number)) return;
  announced.add(number);
  say(`${words.newCase} ${number}`);
}

async function changed(event) {
  if (event.event === "opened") announce(texts(), event.case_id);
  const where = document.body.dataset.page;
  if (where === "practice") soon(refreshPractice);
  if (where === "cases" && document.querySelector("#queue")) soon(refreshQueue);
  await settled(); // a press that is under way may be what brings its case here
  const shown = document.querySelector("[data-case]");
  if (shown && Number(shown.dataset.case) === event.case_id) soon(refreshCase);
}

async function refreshQueue() {
  if (document.querySelector("#queue")?.contains(document.activeElement)) {
    // Never take the row away under somebody's fingers: only the number changes until the focus has left.
    document.querySelector("#queue").addEventListener("focusout", () => soon(refreshQueue), { once: true });
    replace(await fetchPage(), "#count");
    return;
  }
  const known = new Set(shownCases(document));
  const fresh = await fetchPage();
  replace(fresh, "#count");
  replace(fresh, "#queue");
  for (const number of shownCases(document)) {
    if (!known.has(number)) announce(texts(), number);
  }
}

function shownCases(root) {
  return [...root.querySelectorAll("#queue [data-row]")].map((row) => Number(row.dataset.row));
}

const stand = (root) => {
  const found = root.querySelector("[data-case]")?.dataset;
  return found && [found.case, found.status, found.holder].join(" ");
};

async function refreshCase() {
  await settled(); // what this page itself does is no news
  let fresh = await fetchPage();
  if (!stand(document) || !stand(fresh)) return;
  if (stand(document) !== stand(fresh)) {
    if (keysPressed()) {
      // Never take the box away between two letters: what is typed then would go nowhere.
      tellChange();
      setTimeout(() => soon(refreshCase), PAUSE);
      return;
    }
    await flush();
    const asked = Date.now();
    fresh = await fetchPage();
    if (keysPressed()) return void setTimeout(() => soon(refreshCase), PAUSE);
    const typing = document.activeElement?.matches("textarea");
    const goOn = place();
    replace(fresh, "#main", asked);
    restore(asked);
    tellChange();
    if (!goOn() && typing) focusOn("#reply-text, #kept-title");
    return;
  }
  const written = (root) => root.querySelector("#reply textarea");
  const parts = [".side", ".title"];
  if (!written(document) || !written(fresh)) parts.push("#reply");
  for (const part of parts) {
    const now = document.querySelector(part);
    if (now && !now.contains(document.activeElement)) replace(fresh, part);
  }
}

const keysPressed = () => document.activeElement?.matches("textarea") && Date.now() - pressedAt() < PAUSE;

function tellChange() {
  if (document.querySelector("[data-case][data-sent]")) {
    say(document.querySelector("#reply .note")?.textContent ?? "");
    return;
  }
  notice("changed", texts().changed ?? "");
  setTimeout(() => over("changed"), 12000);
}

async function fetchPage() {
  const here = location.href.split("#")[0];
  const response = await fetch(here, { headers: { Accept: "text/html" }, credentials: "same-origin" });
  if (new URL(response.url).pathname === `${base}/login` && location.pathname !== `${base}/login`) {
    loggedOut();
    throw new Error("logged out");
  }
  return page(response);
}

export function listen() {
  if (!document.querySelector("#texts")) return;
  document.addEventListener("visibilitychange", () => (document.hidden ? shut() : open()));
  addEventListener("pagehide", shut);
  open();
  setInterval(watch, 500);
}
