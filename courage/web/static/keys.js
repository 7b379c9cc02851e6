// Single-letter shortcuts outside of text fields; Escape leaves a field, so nobody is caught in one.
import { base } from "./say.js";

const places = { h: "/", p: "/practice", c: "/cases", l: "/library", s: "/suggest", d: "/decisions" };
let going = false;

function typing(target) {
  return target.matches?.("input:not([type=checkbox]), textarea, select, [contenteditable]");
}

function move(step) {
  const rows = [...document.querySelectorAll("[data-row]")];
  if (!rows.length) return;
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  const page = at >= 0 && !rows[at + step] && document.querySelector(step > 0 ? "a[rel=next]" : "a[rel=prev]");
  if (page) {
    // The list goes on there: at its first row, or backwards at its last.
    location.href = page.href.split("#")[0] + (step > 0 ? "#first" : "#last");
    return;
  }
  const next = rows[Math.max(0, Math.min(rows.length - 1, at < 0 ? 0 : at + step))];
  rows.forEach((row) => row.classList.toggle("at", row === next));
  next.querySelector("a")?.focus();
}

// Whoever walked over the end of a page goes on walking on the next one.
function arrive() {
  const where = location.hash;
  if (where !== "#first" && where !== "#last") return;
  history.replaceState(null, "", location.pathname + location.search);
  const rows = [...document.querySelectorAll("[data-row]")];
  const row = where === "#first" ? rows[0] : rows[rows.length - 1];
  row?.classList.add("at");
  row?.querySelector("a")?.focus();
}

const STORE = "courage-keys-off";

export function keys() {
  arrive();
  const off = document.querySelector("#keys-off");
  if (off) {
    off.checked = localStorage.getItem(STORE) === "1";
    off.addEventListener("change", () => localStorage.setItem(STORE, off.checked ? "1" : "0"));
  }
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && typing(event.target)) {
      event.target.blur();
      return;
    }
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.matches?.("textarea")) {
      // Sends what the form's own button sends: a reply goes on to be checked, it is never posted by this.
      const form = event.target.form;
      if (!form) return;
      event.preventDefault();
      form.requestSubmit(form.querySelector("button:not([name])"));
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || typing(event.target)) return;
    if (localStorage.getItem(STORE) === "1") return;
    const key = event.key;
    if (going) {
      going = false;
      if (places[key]) location.href = base + places[key];
      return;
    }
    if (key === "g") {
      going = true;
      setTimeout(() => (going = false), 1500);
    } else if (key === "?") {
      location.href = base + "/keys";
    } else if (key === "/") {
      event.preventDefault();
      const box = document.querySelector("#search");
      box ? box.focus() : (location.href = base + "/library");
    } else if (key === "j" || key === "k") {
      move(key === "j" ? 1 : -1);
    } else {
      // In a list, a key means the row that has the focus; nothing happens to a row that nobody chose.
      const row = document.activeElement?.closest("[data-row]");
      const target =
        row?.querySelector(`[data-row-key="${CSS.escape(key)}"]`) ??
        document.querySelector(`[data-key="${CSS.escape(key)}"]`);
      if (!target) return;
      event.preventDefault();
      target.matches("textarea, input") ? target.focus() : target.click();
    }
  });
}
