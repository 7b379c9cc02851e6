// The line to a workshop: live events that say what is to be seen, and asking now and then where they do not come through.
import { base } from "./say.js";

const POLL = 3000; // milliseconds between two questions while there are no events
const SILENT = 12000; // milliseconds without a beat (one every five seconds) until the line counts as dead

// `path` is the address of the workshop; `seen` returns the revision on the page; `always`: even while nobody looks at it here.
export function listen(path, { seen, state, numbers = () => {}, line = () => {}, always = false }) {
  let source = null;
  let heard = Date.now();
  let asking = null;

  const hidden = () => document.hidden && !always;

  function open() {
    source?.close();
    // Browsers keep few connections to one place; a page that nobody sees leaves them to others.
    if (hidden()) return;
    source = new EventSource(`${base}${path}/events?seen=${seen()}`);
    heard = Date.now();
    source.addEventListener("open", () => alive());
    source.addEventListener("beat", () => alive());
    source.addEventListener("state", (event) => {
      alive();
      state(JSON.parse(event.data));
    });
    source.addEventListener("numbers", (event) => {
      alive();
      numbers(JSON.parse(event.data));
    });
    source.addEventListener("error", () => ask());
  }

  function alive() {
    heard = Date.now();
    clearTimeout(asking);
    asking = null;
    line(true);
  }

  async function ask() {
    if (asking) return;
    asking = setTimeout(() => {
      asking = null;
      ask();
    }, POLL);
    try {
      const response = await fetch(`${base}${path}/state`, { credentials: "same-origin", headers: { Accept: "application/json" } });
      if (response.ok) {
        state(await response.json());
        line(true);
      } else if (response.status === 403 || response.status === 404) location.reload();
      else line(false);
    } catch {
      line(false);
    }
  }

  document.addEventListener("visibilitychange", () => {
    if (always) return;
    if (!document.hidden) return open();
    source?.close();
    clearTimeout(asking);
    asking = null;
  });
  setInterval(() => {
    if (!hidden() && Date.now() - heard > SILENT) {
      ask();
      open();
    }
  }, 4000);
  addEventListener("online", open);
  open();
}

// Puts what the engine made in the place of what is there; what it says was written by it, escaped.
export function put(region, html) {
  const fresh = new DOMParser().parseFromString(html, "text/html");
  region.replaceChildren(...[...fresh.body.childNodes].map((node) => document.adoptNode(node)));
}
