// Telling people something: quietly to screen readers, or as a strip that everybody sees until it is over.

// Where the desk lies on its host: empty, or "/courage" behind a proxy that gives it a folder.
export const base = document.body.dataset.base ?? "";

export const texts = () => document.querySelector("#texts")?.dataset ?? {};

export function say(text) {
  const live = document.querySelector("#live");
  if (live) live.textContent = text;
}

// The strip lies outside of #main, so that no answer of the server takes it away; `why` says whose it is.
export function notice(why, text, link) {
  const strip = document.querySelector("#notice");
  if (!strip || (strip.dataset.why === why && !strip.hidden)) return;
  strip.dataset.why = why;
  strip.replaceChildren(text);
  if (link) {
    const a = document.createElement("a");
    a.href = link.href;
    a.textContent = link.text;
    strip.append(" ", a);
  }
  strip.hidden = false;
}

export function over(why) {
  const strip = document.querySelector("#notice");
  if (strip && strip.dataset.why === why) strip.hidden = true;
}

export function loggedOut() {
  const here = (location.pathname + location.search).slice(base.length);
  const words = texts();
  notice("logged-out", words.loggedOut ?? "", { href: `${base}/login?next=${encodeURIComponent(here)}`, text: words.logIn ?? "" });
}
