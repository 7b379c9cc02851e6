// Counts the seconds down in which a confirmed reply can still be taken back.

const ends = new WeakMap();

function tick() {
  const line = document.querySelector("#countdown");
  if (!line) return;
  if (!ends.has(line)) ends.set(line, performance.now() + Number(line.dataset.seconds) * 1000);
  const left = Math.ceil((ends.get(line) - performance.now()) / 1000);
  if (left > 0) {
    line.textContent = line.textContent.replace(/\d+/, left);
    return;
  }
  line.textContent = line.dataset.then;
  line.removeAttribute("id");
  document.querySelector("#take-back")?.remove();
}

export function countdown() {
  setInterval(tick, 250);
}
