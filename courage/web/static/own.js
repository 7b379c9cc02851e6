// A scenario that is being written is checked while its writer types; the newest answer counts, and a lost one is asked again.
import { put } from "./workshop_line.js";

const form = document.querySelector("#own");
const preview = document.querySelector("#preview");
const WAIT = 400;
let asked = 0;
let waiting = 0;

async function check() {
  const mine = ++asked;
  const open = [...preview.querySelectorAll("details")].map((one) => one.open);
  const body = new URLSearchParams({ text: form.elements.text.value, number: form.dataset.number });
  try {
    const answer = await fetch(`${document.body.dataset.base}/academy/own/check`, {
      method: "POST",
      headers: { "X-CSRF-Token": form.elements.csrf.value },
      body,
    });
    if (!answer.ok || mine !== asked) return;
    put(preview, (await answer.json()).html);
    preview.querySelectorAll("details").forEach((one, place) => (one.open = open[place] ?? false));
  } catch {
    // Without a connection the last answer stays; the next letter asks again.
  }
}

form.elements.text.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(check, WAIT);
});
// What this browser had kept of an earlier visit is checked, too.
setTimeout(() => form.elements.text.value !== form.elements.text.defaultValue && check(), WAIT);
// The tab key leaves the field, as everywhere; two spaces indent, as YAML wants it.
form.elements.text.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.isComposing || event.ctrlKey || event.metaKey) return;
  const { value, selectionStart: at } = event.target;
  const indent = value.slice(value.lastIndexOf("\n", at - 1) + 1, at).match(/^ */)[0];
  if (!indent) return;
  event.preventDefault();
  event.target.setRangeText(`\n${indent}`, at, event.target.selectionEnd, "end");
  event.target.dispatchEvent(new Event("input", { bubbles: true }));
});
