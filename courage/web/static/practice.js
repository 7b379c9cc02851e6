// The practice rooms: send without reloading, append what is new, keep what somebody is typing.
import { page } from "./parts.js";
import { say, send } from "./swap.js";

let busy = false;
let again = false;

export async function refresh() {
  if (!document.querySelector(".rooms")) return;
  if (busy) {
    again = true;
    return;
  }
  busy = true;
  try {
    const response = await fetch(`${document.body.dataset.base ?? ""}/practice`, { headers: { Accept: "text/html" }, credentials: "same-origin" });
    if (response.ok) show(await page(response), false);
  } finally {
    busy = false;
    if (again) {
      again = false;
      refresh();
    }
  }
}

function show(fresh, own) {
  for (const id of ["group", "desk"]) merge(document.getElementById(id), fresh.getElementById(id));
  const guide = fresh.getElementById("guide");
  if (guide) document.getElementById("guide").replaceWith(document.adoptNode(guide));
  if (!own) return;
  for (const id of ["screened", "away"]) {
    const part = fresh.getElementById(id);
    document.getElementById(id).replaceChildren(...(part ? [...part.childNodes].map((n) => document.adoptNode(n)) : []));
  }
}

// Only lines that are new or changed are touched, so a screen reader speaks those and the focus stays.
function merge(now, next) {
  if (!now || !next) return;
  const atEnd = now.scrollHeight - now.scrollTop - now.clientHeight < 80;
  const ids = new Set([...next.children].map((line) => line.id));
  for (const line of [...now.children]) if (!line.id || !ids.has(line.id)) line.remove();
  let added = false;
  for (const line of [...next.children]) {
    const known = line.id && document.getElementById(line.id);
    if (!known) {
      now.append(document.adoptNode(line));
      added = true;
    } else if (known.innerHTML !== line.innerHTML) {
      const focused = known.contains(document.activeElement);
      known.replaceChildren(...[...line.childNodes].map((node) => document.adoptNode(node)));
      if (focused) known.querySelector("button, a")?.focus();
    }
  }
  if (added && (atEnd || now.id === "group")) now.scrollTop = now.scrollHeight;
}

export function practice() {
  document.addEventListener("click", (event) => {
    const chip = event.target.closest("[data-fill]");
    if (!chip) return;
    event.preventDefault(); // without scripts, some of these ask the desk
    const box = document.querySelector(chip.dataset.fill);
    const offered = [...document.querySelectorAll("[data-fill]")].map((other) => other.dataset.text);
    const own = box.value.trim() && !offered.includes(box.value) ? `${box.value.trimEnd()}\n` : "";
    box.value = own + chip.dataset.text;
    box.dispatchEvent(new Event("input", { bubbles: true })); // kept as if it had been typed
    box.focus();
  });
  document.addEventListener("submit", async (event) => {
    const form = event.target.closest("form[data-room]");
    if (!form) return;
    event.preventDefault();
    const buttons = [...form.querySelectorAll("button")];
    const request = send(form, event.submitter);
    const box = form.querySelector("textarea, input:not([type=hidden])");
    const written = box?.value;
    // Cleared at once, so that what somebody types meanwhile is not taken away; a failure brings it back.
    if (box) box.value = "";
    const giveBack = () => {
      if (box && !box.value) box.value = written;
    };
    buttons.forEach((button) => (button.disabled = true));
    try {
      const response = await request;
      show(await page(response), true);
      if (!response.ok) giveBack();
    } catch {
      giveBack();
      say(document.querySelector("#texts")?.dataset.lost ?? "");
    } finally {
      buttons.forEach((button) => (button.disabled = false));
      box?.focus();
    }
  });
  document.addEventListener("keydown", (event) => {
    const inBox = event.target.id === "group-text";
    if (inBox && event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      event.target.form.requestSubmit();
    }
  });
  for (const id of ["group", "desk"]) {
    const lines = document.getElementById(id);
    if (lines) lines.scrollTop = lines.scrollHeight;
  }
}
