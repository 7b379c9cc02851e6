// The page for texts from anywhere: takes what a bookmark or a share brought, and copies answers.

function take() {
  const form = document.querySelector("#bring");
  if (!form) return;
  const fromAddress = location.hash.startsWith("#text=") || location.hash.startsWith("#link=");
  const brought = fromAddress ? location.hash.slice(1) : sessionStorage.getItem("courage-brought");
  sessionStorage.removeItem("courage-brought");
  // Out of the address at once: it stands in the history of the browser.
  if (fromAddress) history.replaceState(null, "", location.pathname);
  if (!brought) return;
  const parts = new URLSearchParams(brought);
  const box = form.elements.text;
  if (box.value) return; // never over what somebody typed
  box.value = (parts.get("text") ?? "").slice(0, box.maxLength);
  const link = parts.get("link") ?? "";
  if (/^https?:\/\//.test(link)) form.elements.link.value = link.slice(0, 2000);
  form.querySelector("button").focus();
}

export function elsewhere() {
  take();
  addEventListener("hashchange", take); // the bookmark, pressed once more
  for (const button of document.querySelectorAll("[data-copy]")) {
    if (!navigator.clipboard) continue; // without https there is none; the text can be selected
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(document.querySelector(button.dataset.copy).textContent);
      button.textContent = button.dataset.copied;
      document.querySelector("#live").textContent = button.dataset.copied;
    });
  }
  document.querySelector("#found")?.focus();
}
