// Forms with data-swap send themselves and put the answer's part of the page in place of the old one.
import { page, replace } from "./parts.js";
import { loggedOut, notice, over, say, texts } from "./say.js";
import { flush, place, pressedAt, restore } from "./typing.js";

export { say };

let last = Promise.resolve();

// Resolves when all that was pressed so far has been answered and shown.
export const settled = () => last;

export function send(form, submitter) {
  return post(form.action, new URLSearchParams(new FormData(form, submitter)));
}

function post(address, body) {
  return fetch(address, { method: "POST", body, headers: { Accept: "text/html" }, credentials: "same-origin" });
}

// What a page has to say about the press itself, before anything else on it.
const SAYS = "#problem, #other-text:not([hidden])";

export function focusOn(selector) {
  const target = selector && document.querySelector(selector);
  const wrong = document.querySelector(SAYS);
  const place = wrong ?? target ?? document.querySelector("#main");
  if (place) {
    if (!place.matches("a, button, input, select, textarea, [tabindex]")) place.tabIndex = -1;
    place.focus();
  }
}

// A page that only says what went wrong must not take the place of what somebody is working on.
function refused(response, fresh) {
  if (response.ok || fresh.querySelector(SAYS)) {
    for (const why of ["refused", "lost", "logged-out"]) over(why);
    return false;
  }
  if (response.status === 401) loggedOut();
  else notice("refused", fresh.querySelector("main .lead")?.textContent || texts().wentWrong || "");
  return true;
}

export function swapForms() {
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    const selector = form.dataset.swap;
    if (!selector || event.defaultPrevented) return;
    event.preventDefault();
    const submitter = event.submitter;
    const buttons = [...form.querySelectorAll("button")];
    const focus = form.dataset.focus;
    const [began, from] = [Date.now(), document.activeElement];
    const [address, body] = [form.action, new URLSearchParams(new FormData(form, submitter))];
    buttons.forEach((button) => (button.disabled = true));
    // One after the other, so that an older answer never overwrites a newer one.
    const before = last;
    let done;
    last = new Promise((resolve) => (done = resolve));
    try {
      await before;
      await flush(); // what was typed is with the server before anything else happens to the page
      const asked = Date.now();
      const response = await post(address, body);
      const fresh = await page(response);
      if (refused(response, fresh)) {
        buttons.forEach((button) => (button.disabled = false));
        return;
      }
      if (response.redirected && new URL(response.url).pathname !== location.pathname) {
        history.pushState(null, "", new URL(response.url).pathname);
      }
      // Whoever pressed a button and went back to writing meanwhile goes on writing: what they type must not go nowhere.
      const writes = document.activeElement !== from || pressedAt() > began;
      const goOn = writes ? place() : () => false;
      document.title = fresh.title || document.title;
      if (!replace(fresh, fresh.querySelector(SAYS) ? "#main" : selector, asked)) location.reload();
      restore(asked);
      if (!goOn()) focusOn(focus);
    } catch {
      buttons.forEach((button) => (button.disabled = false));
      notice("lost", texts().lost ?? "");
    } finally {
      done();
    }
  });
  addEventListener("popstate", () => location.reload());
}
