// Long forms with data-keep are kept in this browser while somebody fills them in, until the desk says that it has them.
import { notice, texts } from "./say.js";

const PREFIX = "courage-form-";
const mine = () => `${PREFIX}${document.body.dataset.person}-`;
// A form that stands at several addresses (what answers a press has one of its own) has a name; others have their place.
const name = (form) => mine() + (form.dataset.keep || location.pathname);

function store(key, value) {
  try {
    value ? localStorage.setItem(key, JSON.stringify(value)) : localStorage.removeItem(key);
  } catch {
    // A browser that keeps nothing cannot help here.
  }
}

function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {
    return null;
  }
}

// Everything but the token, the lock of the version that was worked on included: whoever saves what they typed on an
// older version is told so, as always.
const filled = (form) => [...new FormData(form)].filter(([field]) => field !== "csrf");

function fill(form, entries) {
  for (const field of form.elements) {
    if (!field.name || field.name === "csrf" || field.type === "submit") continue;
    const values = entries.filter(([key]) => key === field.name).map(([, value]) => value);
    if (field.type === "checkbox" || field.type === "radio") field.checked = values.includes(field.value);
    else if (values.length) field.value = values[0];
  }
}

// What somebody wrote before this script was there.
const early = (form) =>
  [...form.elements].some((field) => field.type !== "hidden" && "defaultValue" in field && field.value !== field.defaultValue);

// What was sent and has arrived is not needed any more; nothing else takes it away.
function arrived() {
  if (!document.querySelector("#said p")) return;
  for (const key of Object.keys(localStorage)) {
    if (key.startsWith(mine()) && read(key)?.sent) store(key, null);
  }
}

export function forms() {
  try {
    arrived();
  } catch {
    return; // no storage at all
  }
  const form = document.querySelector("form[data-keep]");
  if (form) {
    const kept = read(name(form));
    const before = JSON.stringify(filled(form));
    if (early(form)) {
      store(name(form), { entries: filled(form) });
    } else if (kept && JSON.stringify(kept.entries) !== before && !document.querySelector("#problem")) {
      fill(form, kept.entries);
      notice("form", texts().formBack ?? "", { href: location.href, text: texts().anew ?? "" });
      document.querySelector("#notice a")?.addEventListener("click", () => store(name(form), null));
    }
  }
  document.addEventListener("input", (event) => {
    const changed = event.target.closest?.("form[data-keep]");
    if (changed) store(name(changed), { entries: filled(changed) });
  });
  document.addEventListener("submit", (event) => {
    if (event.target.matches("form[data-keep]")) store(name(event.target), { entries: filled(event.target), sent: true });
  });
}
