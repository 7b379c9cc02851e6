// What an accessibility checker would look for first; returns a list of complaints.
() => {
  const wrong = [];
  const named = (e) => e.getAttribute("aria-label") || e.getAttribute("aria-labelledby") || e.textContent.trim() || e.title;
  for (const e of document.querySelectorAll("input:not([type=hidden]), select, textarea"))
    if (!e.hidden && !e.labels.length && !e.getAttribute("aria-label")) wrong.push("no label: " + e.outerHTML.slice(0, 90));
  for (const e of document.querySelectorAll("button, a[href], summary")) if (!named(e)) wrong.push("no name: " + e.outerHTML.slice(0, 90));
  for (const e of document.querySelectorAll("img")) if (!e.hasAttribute("alt")) wrong.push("no alt: " + e.outerHTML.slice(0, 90));
  const levels = [...document.querySelectorAll("h1, h2, h3, h4")].map((e) => Number(e.tagName[1]));
  if (levels.filter((l) => l === 1).length !== 1) wrong.push("headings of level 1: " + levels);
  levels.forEach((l, i) => { if (i && l > levels[i - 1] + 1) wrong.push("a heading level is left out: " + levels); });
  const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
  for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) wrong.push("id twice: " + id);
  for (const e of document.querySelectorAll("[aria-labelledby]"))
    if (!document.getElementById(e.getAttribute("aria-labelledby"))) wrong.push("label of nothing: " + e.outerHTML.slice(0, 90));
  for (const e of document.querySelectorAll("p.said, blockquote, .author, textarea, bdi"))
    if (!["auto", "ltr", "rtl"].includes(e.getAttribute("dir"))) wrong.push("no dir: " + e.outerHTML.slice(0, 90));
  for (const name of ["main", "[aria-live]", "html[lang]"]) if (!document.querySelector(name)) wrong.push("missing: " + name);
  const rgb = (c) => (c.match(/[\d.]+/g) || []).map(Number);
  const light = (c) => { const [r, g, b] = c.map((v) => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; }); return .2126 * r + .7152 * g + .0722 * b; };
  const ground = (e) => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor); if (c.length === 3 || c[3] === 1) return c; } return [255, 255, 255]; };
  for (const e of document.querySelectorAll("body *")) {
    const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (!own || !e.checkVisibility() || e.closest(".sr, [aria-hidden], .skip, option, [disabled]")) continue;
    const [a, b] = [light(rgb(getComputedStyle(e).color)), light(ground(e))].sort((x, y) => y - x);
    if ((a + .05) / (b + .05) < 4.5) wrong.push("contrast " + ((a + .05) / (b + .05)).toFixed(2) + ": " + e.outerHTML.slice(0, 90));
  }
  if (document.documentElement.scrollWidth > innerWidth) wrong.push("wider than the window: " + document.documentElement.scrollWidth);
  return wrong;
}
