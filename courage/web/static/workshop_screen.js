// The screen for the projector: what everybody sees, and how many have answered.
import { listen, put } from "./workshop_line.js";

const region = document.querySelector("#screen");

listen(`/workshops/${region.dataset.workshop}`, {
  always: true, // it is on another screen than the one that the trainer works at
  seen: () => region.dataset.revision,
  state: (now) => {
    if (now.revision <= Number(region.dataset.revision)) return;
    region.dataset.revision = now.revision;
    put(region, now.html);
  },
  numbers: (now) => {
    for (const name of ["people", "answered", "voted"]) document.querySelector(`#${name}`).textContent = now[name];
  },
});
