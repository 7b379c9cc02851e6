// Whether this very browser is told how many cases wait (Web Push), and the time zone that it knows.
import { base, say } from "./say.js";

const supported = () => "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;

function bytes(key) {
  const text = atob(key.replaceAll("-", "+").replaceAll("_", "/").padEnd(Math.ceil(key.length / 4) * 4, "="));
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

// The worker lies beside the other files and sees no page of the desk: all that it does is to show what comes.
const worker = () => navigator.serviceWorker.register(`${base}/static/push_worker.js`);

async function subscribe(key) {
  const { pushManager } = await ready(await worker());
  const options = { userVisibleOnly: true, applicationServerKey: bytes(key) };
  try {
    return await pushManager.subscribe(options);
  } catch (error) {
    // Bound to a key that this desk had before.
    const old = error.name === "InvalidStateError" && (await pushManager.getSubscription());
    if (!old) throw error;
    await old.unsubscribe();
    return pushManager.subscribe(options);
  }
}

function ready(registration) {
  if (registration.active) return registration;
  const coming = registration.installing ?? registration.waiting;
  return new Promise((resolve) =>
    coming.addEventListener("statechange", () => coming.state === "activated" && resolve(registration)),
  );
}

async function send(form, path, fields) {
  const body = new URLSearchParams({ csrf: form.elements.csrf.value, ...fields });
  const answer = await fetch(`${base}/account/notices/${path}`, { method: "POST", body, credentials: "same-origin" });
  if (!answer.ok) throw new Error(`answered ${answer.status}`);
  location.assign(answer.url);
}

async function pressed(box, what) {
  const form = box.querySelector("form");
  const registration = await navigator.serviceWorker.getRegistration(`${base}/static/`);
  const before = await registration?.pushManager.getSubscription();
  if (what === "forget") {
    await before?.unsubscribe();
    return send(form, "forget", { endpoint: before?.endpoint ?? "" });
  }
  if ((await Notification.requestPermission()) !== "granted") return trouble(box, box.dataset.denied);
  const { endpoint, keys } = (await subscribe(box.dataset.key)).toJSON();
  return send(form, "browser", { endpoint, p256dh: keys.p256dh, auth: keys.auth });
}

function trouble(box, words) {
  let line = box.querySelector("[role=alert]");
  if (!line) {
    line = document.createElement("p");
    line.setAttribute("role", "alert");
    line.className = "note bad";
    box.append(line);
  }
  line.textContent = words;
  say(words);
}

export function notices() {
  const zone = document.querySelector("#zone");
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone && zone.value === zone.defaultValue && zone.value === "UTC" && here) zone.value = here;
  const box = document.querySelector("#tell-browser");
  if (!box || !supported()) return;
  box.hidden = false;
  document.querySelector("#no-browser").hidden = true;
  const [tell, forget] = box.querySelectorAll("button");
  navigator.serviceWorker
    .getRegistration(`${base}/static/`)
    .then((registration) => registration?.pushManager.getSubscription())
    .then((mine) => (forget.hidden = !mine) || (tell.hidden = true))
    .catch(() => {});
  box.querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    pressed(box, event.submitter?.dataset.do).catch(() => trouble(box, box.dataset.failed));
  });
}
