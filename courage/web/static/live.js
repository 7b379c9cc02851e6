// Events from the engine over server-sent events; hidden pages do not listen, so that many tabs do no harm.
import { page, replace, say } from "./swap.js";
import { refresh as refreshPractice } from "./practice.js";

let source = null;
const waiting = new Set();

function open() {
  if (source || document.hidden) return;
  source = new EventSource("/events");
  source.addEventListener("case", (event) => changed(JSON.parse(event.data)));
  source.addEventListener("practice", () => soon(refreshPractice));
  source.addEventListener("hello", () => {
    // What happened while nobody listened (a hidden page, a broken line) is fetched now.
    if (document.body.dataset.live) catchUp();
    document.body.setAttribute("data-live", "on");
  });
}

function catchUp() {
  const where = document.body.dataset.page;
  if (where === "practice") soon(refreshPractice);
  if (where === "cases" && document.querySelector("#queue")) soon(refreshQueue);
  if (document.querySelector("[data-case]")) soon(refreshCase);
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

function announce(texts, number) {
  if (announced.has(number)) return;
  announced.add(number);
  say(`${texts.newCase} ${number}`);
}

async function changed(event) {
  const texts = document.querySelector("#texts").dataset;
  if (event.event === "opened") announce(texts, event.case_id);
  const where = document.body.dataset.page;
  if (where === "practice") soon(refreshPractice);
  if (where === "cases" && document.querySelector("#queue")) soon(refreshQueue);
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
    if (!known.has(number)) announce(document.querySelector("#texts").dataset, number);
  }
}

function shownCases(root) {
  return [...root.querySelectorAll("#queue [data-row]")].map((row) => Number(row.dataset.row));
}

async function refreshCase() {
  const fresh = await fetchPage();
  for (const part of [".side", ".title"]) {
    const now = document.querySelector(part);
    if (now && !now.contains(document.activeElement)) replace(fresh, part);
  }
}

async function fetchPage() {
  return page(await fetch(location.href.split("#")[0], { headers: { Accept: "text/html" }, credentials: "same-origin" }));
}

export function listen() {
  if (!document.querySelector("#texts")) return;
  document.addEventListener("visibilitychange", () => (document.hidden ? shut() : open()));
  addEventListener("pagehide", shut);
  open();
}
