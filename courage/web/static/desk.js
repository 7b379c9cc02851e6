// Everything works without this file; it saves reloads, shows changes at once and adds keys.
import { academy } from "./academy.js";
import { swapForms } from "./swap.js";
import { listen } from "./live.js";
import { countdown } from "./countdown.js";
import { forms } from "./forms.js";
import { keys } from "./keys.js";
import { notices } from "./notices.js";
import { practice } from "./practice.js";
import { elsewhere } from "./elsewhere.js";
import { restore, typing } from "./typing.js";

swapForms();
keys();
practice();
academy();
elsewhere();
typing();
restore(performance.timeOrigin, () => location.reload());
listen();
countdown();
forms();
notices();

// Choosing with the mouse filters at once. Arrow keys only walk through the values: Enter or the button filters.
let byKey = false;
document.addEventListener("pointerdown", () => (byKey = false));
document.addEventListener("keydown", (event) => {
  byKey = true;
  const form = event.target.closest?.("form[data-auto]");
  if (form && event.key === "Enter" && event.target.matches("select")) {
    event.preventDefault();
    form.requestSubmit();
  }
});
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-auto]");
  if (form && !byKey) form.requestSubmit();
});
