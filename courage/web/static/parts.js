// Puts parts of a fresh page where the old ones are. The box that somebody writes in is not taken away: it is the same one
// afterwards, with its caret, what can be undone in it, and what an input method is composing.
import { meet } from "./typing.js";

const BOX = "textarea[data-typed]";

export async function page(response) {
  return new DOMParser().parseFromString(await response.text(), "text/html");
}

// `asked`: when the fresh page was asked for, in the clock of Date.now(); what was saved after that may not stand on it.
export function replace(fresh, selector, asked = Date.now()) {
  const now = document.querySelector(selector);
  const next = fresh.querySelector(selector);
  if (!now || !next) return false;
  keepShown(now, next);
  if (!replaceAround(now, next, asked)) now.replaceWith(document.adoptNode(next));
  return true;
}

function replaceAround(now, next, asked) {
  const [stays, offered] = [now.querySelector(BOX), next.querySelector(BOX)];
  if (!stays || stays.dataset.typed !== offered?.dataset.typed) return false;
  const [ours, theirs] = [upTo(now, stays), upTo(next, offered)];
  if (ours.map((part) => part.tagName).join() !== theirs.map((part) => part.tagName).join()) return false;
  const [text, revision] = [offered.defaultValue, Number(offered.dataset.revision)];
  for (let i = 1; i < ours.length; i++) {
    for (const { name } of [...ours[i].attributes]) if (!theirs[i].hasAttribute(name)) ours[i].removeAttribute(name);
    for (const { name, value } of theirs[i].attributes) ours[i].setAttribute(name, value);
    for (const child of [...ours[i].childNodes]) if (child !== ours[i - 1]) child.remove();
    const around = [...theirs[i].childNodes];
    const place = around.indexOf(theirs[i - 1]);
    ours[i - 1].before(...around.slice(0, place));
    ours[i - 1].after(...around.slice(place + 1));
  }
  meet(stays, text, revision, asked);
  return true;
}

// A part of the page and all around it, up to another, from the inside out.
function upTo(outer, part) {
  const found = [part];
  while (found.at(-1) !== outer) found.push(found.at(-1).parentElement);
  return found;
}

// A message that somebody asked to see stays in sight while they work on the same case.
function keepShown(now, next) {
  const same = now.querySelector("[data-case]")?.dataset.case === next.querySelector("[data-case]")?.dataset.case;
  if (!same || next.querySelector("[data-case][data-gone]")) return;
  for (const [part, open] of [["#message", "#shown"], ["#around", "#around[data-looked]"]]) {
    const [shown, hidden] = [now.querySelector(part), next.querySelector(part)];
    if (shown && hidden && now.querySelector(open) && !next.querySelector(open)) hidden.replaceWith(shown);
  }
}
