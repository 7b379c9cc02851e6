// Passkeys: asks the browser for one, or to make one, and sends its answer with the form.
// Forms stay hidden where browser or page cannot.

const bytes = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));

const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

// Written out: not every browser that has passkeys has the functions that read and write their JSON.
function understood(options) {
  const found = { ...options, challenge: bytes(options.challenge) };
  if (options.user) found.user = { ...options.user, id: bytes(options.user.id) };
  for (const list of ["excludeCredentials", "allowCredentials"]) {
    if (options[list]) found[list] = options[list].map((known) => ({ ...known, id: bytes(known.id) }));
  }
  return found;
}

function written(credential) {
  const response = {};
  for (const part of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[part]) response[part] = text(credential.response[part]);
  }
  return JSON.stringify({
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    response,
    clientExtensionResults: {},
  });
}

async function asked(form) {
  if (form.dataset.options) return { options: JSON.parse(form.dataset.options), ticket: null };
  const make = "make" in form.dataset;
  const response = await fetch(form.dataset.passkey, {
    method: make ? "POST" : "GET",
    body: make ? new URLSearchParams(new FormData(form)) : undefined,
    headers: { Accept: "application/json" },
    credentials: "same-origin",
  });
  const found = await response.json();
  if (!response.ok) throw new Error(found.error, { cause: "said" });
  return found;
}

function why(error, texts) {
  if (error.cause === "said") return error.message;
  if (error.name === "InvalidStateError") return texts.known;
  if (error.name === "SecurityError") return texts.elsewhere;
  if (error.name === "NotAllowedError" || error.name === "AbortError") return texts.cancelled;
  return texts.unable;
}

async function go(form) {
  const say = form.querySelector("[data-say]");
  const texts = form.querySelector("[data-texts]").dataset;
  const button = form.querySelector("button");
  say.hidden = true;
  button.disabled = true;
  try {
    const { options, ticket } = await asked(form);
    const publicKey = understood(options);
    const credential = await ("make" in form.dataset
      ? navigator.credentials.create({ publicKey })
      : navigator.credentials.get({ publicKey }));
    if (ticket) form.elements.ticket.value = ticket;
    form.elements.credential.value = written(credential);
    form.submit();
  } catch (error) {
    say.textContent = why(error, texts);
    say.hidden = false;
    button.disabled = false;
    button.focus();
  }
}

if (window.isSecureContext && window.PublicKeyCredential && navigator.credentials) {
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      go(form);
    });
  }
  for (const note of document.querySelectorAll("[data-no-passkey]")) note.hidden = true;
  // Who was asked for a second factor presses Enter and has it.
  document.querySelector("form[data-options] button")?.focus();
}
