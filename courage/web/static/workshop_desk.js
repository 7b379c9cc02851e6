// The trainer's console: fetched anew when somebody joins, answers or votes; what is ticked stays ticked.
import { page } from "./parts.js";
import { listen } from "./workshop_line.js";

const AT_MOST = 700; // milliseconds between two looks
const region = () => document.querySelector("#console");
let waiting = null;

function soon() {
  waiting ??= setTimeout(look, AT_MOST);
}

async function look() {
  waiting = null;
  // Nobody's notes and no open choice are taken away while they are being written or made.
  if (document.activeElement?.matches("#console textarea")) return soon();
  try {
    const response = await fetch(location.pathname, { credentials: "same-origin", headers: { Accept: "text/html" } });
    if (!response.ok) return;
    const fresh = (await page(response)).querySelector("#console");
    const now = region();
    const ticked = new Set([...now.querySelectorAll("#choose :checked")].map((box) => box.value));
    const same = now.dataset.revision === fresh.dataset.revision;
    for (const box of same ? fresh.querySelectorAll('#choose [name="answer"]') : []) box.checked = ticked.has(box.value);
    const open = [...now.querySelectorAll("details")].map((one) => one.open);
    [...fresh.querySelectorAll("details")].forEach((one, place) => (one.open = same && open[place] === true));
    const focus = document.activeElement?.closest("#console") ? key(document.activeElement) : null;
    now.replaceWith(document.adoptNode(fresh));
    if (focus) document.querySelector(focus)?.focus();
  } catch {
    soon();
  }
}

function key(element) {
  const named = element.name && element.value ? `#console [name="${element.name}"][value="${CSS.escape(element.value)}"]` : null;
  return named ?? (element.tagName === "SUMMARY" ? "#console summary" : null);
}

listen(`/workshops/${region().dataset.workshop}`, {
  seen: () => region().dataset.revision,
  state: soon,
  numbers: soon,
});
