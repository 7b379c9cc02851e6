// A calm clock beside a 60-second card: it only counts, nothing happens when it is over, and it can be switched off.
const STORE = "courage-clock-off";

function wanted() {
  try {
    return localStorage.getItem(STORE) !== "1";
  } catch {
    return true;
  }
}

export function academy() {
  const clock = document.querySelector("#clock");
  if (!clock) return;
  const [line, button] = [clock.querySelector("p"), clock.querySelector("button")];
  const end = performance.now() + Number(clock.dataset.clock) * 1000;
  const show = () => {
    line.hidden = !wanted();
    button.textContent = wanted() ? button.dataset.off : button.dataset.on;
  };
  clock.hidden = false;
  show();
  button.addEventListener("click", () => {
    try {
      localStorage.setItem(STORE, wanted() ? "1" : "0");
    } catch {
      // A browser that keeps nothing shows the clock again next time.
    }
    show();
  });
  const ticking = setInterval(() => {
    const left = Math.ceil((end - performance.now()) / 1000);
    if (left > 0) {
      clock.querySelector("[data-left]").textContent = left;
      return;
    }
    line.textContent = clock.dataset.over;
    clearInterval(ticking);
  }, 1000);
}
