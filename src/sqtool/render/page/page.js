"use strict";
(() => {
  const root = document.documentElement;
  const held = document.getElementById("data");
  const data = held ? JSON.parse(held.textContent) : null;
  const wanted = window.matchMedia("(prefers-color-scheme: dark)");
  let views = [];

  async function draw() {
    views.forEach((view) => view.finalize());
    views = [];
    if (!data) return;
    const theme = root.classList.contains("dark") ? data.dark : data.light;
    for (const place of document.querySelectorAll("[data-chart]")) {
      const spec = data.specs[place.dataset.chart];
      const made = await window.vegaEmbed(place, spec, {
        renderer: "svg", actions: false, config: theme, tooltip: { theme: root.classList.contains("dark") ? "dark" : "light" },
      });
      views.push(made.view);
      place.dataset.drawn = "yes";
    }
  }

  function paint(dark) {
    root.classList.toggle("dark", dark);
    return draw();
  }

  let chosen = null;
  const button = document.getElementById("theme");
  button.addEventListener("click", () => {
    chosen = !root.classList.contains("dark");
    paint(chosen);
  });
  wanted.addEventListener("change", () => { if (chosen === null) paint(wanted.matches); });
  // Charts have the colours of the screen in them: on paper they must be light ones.
  window.addEventListener("beforeprint", () => paint(false));
  window.addEventListener("afterprint", () => paint(chosen === null ? wanted.matches : chosen));

  const compare = new Intl.Collator(root.lang, { numeric: true });
  function key(row, at) {
    const cell = row.cells[at];
    const raw = cell.dataset.k;
    if (raw === undefined) return cell.textContent === "–" || cell.textContent === "" ? null : cell.textContent;
    const number = Number(raw);
    return Number.isNaN(number) ? raw : number;
  }
  function order(a, b) {
    if (typeof a === "number" && typeof b === "number") return a - b;
    return compare.compare(String(a), String(b));
  }

  for (const box of document.querySelectorAll("[data-table]")) {
    const body = box.querySelector("tbody");
    const heads = [...box.querySelectorAll("th")];
    heads.forEach((head, at) => {
      head.querySelector("button").addEventListener("click", () => {
        const numeric = head.classList.contains("n");
        const before = head.getAttribute("aria-sort");
        // Figures are asked for largest first, words from their beginning.
        const down = before ? before === "ascending" : numeric;
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const rows = [...body.rows].map((row, place) => [key(row, at), place, row]);
        rows.sort((a, b) => {
          if (a[0] === null || b[0] === null) return (a[0] === null) - (b[0] === null) || a[1] - b[1];
          return (down ? -order(a[0], b[0]) : order(a[0], b[0])) || a[1] - b[1];
        });
        body.append(...rows.map((row) => row[2]));
      });
    });
    const search = box.querySelector(".search");
    if (search) {
      const none = box.querySelector(".none");
      search.addEventListener("input", () => {
        const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
        let left = 0;
        for (const row of body.rows) {
          const text = row.textContent.toLowerCase();
          row.hidden = !words.every((word) => text.includes(word));
          left += row.hidden ? 0 : 1;
        }
        none.hidden = left > 0;
      });
    }
  }

  root.classList.toggle("dark", wanted.matches);
  draw().then(() => { root.dataset.ready = "yes"; });
})();
