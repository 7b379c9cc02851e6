// Everything works without this file; it saves reloads, shows changes at once and adds keys.
import { swapForms } from "./swap.js";
import { listen } from "./live.js";
import { countdown } from "./countdown.js";
import { keys } from "./keys.js";
import { practice } from "./practice.js";
import { restore, typing } from "./typing.js";

swapForms();
keys();
practice();
typing();
restore(() => location.reload());
listen();
countdown();

document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-auto]");
  if (form) form.requestSubmit();
});
