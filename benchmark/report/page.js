"use strict";
(() => {
  const PAGE = 50;

  for (const table of document.querySelectorAll("table.sortable")) {
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") === "ascending";
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const body = table.tBodies[0];
        const keyed = [...body.rows].map((row) => [key(row.cells[column]), row]);
        keyed.sort(([a], [b]) => compare(a, b, down));
        body.append(...keyed.map(([, row]) => row));
      });
    });
  }

  function key(cell) {
    if (cell.dataset.v !== undefined) return Number(cell.dataset.v);
    const text = cell.textContent.trim();
    return text === "" || text === "–" ? null : text;
  }

  function compare(a, b, down) { // what has no figure stays at the end
    if (a === null || b === null) return (a === null) - (b === null);
    const order = typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b));
    return down ? -order : order;
  }

  const holder = document.getElementById("data");
  if (!holder) return;
  const data = JSON.parse(holder.textContent);
  const at = Object.fromEntries(data.columns.map((name, i) => [name, i]));
  const form = document.getElementById("filter");
  const list = document.getElementById("rows");
  const more = document.getElementById("more");
  const count = document.getElementById("count");
  let found = [];
  let drawn = 0;

  function outcome(row) {
    if (row[at.decision] === "non-response" || row[at.decision] === "undecided") return "silent";
    return row[at.decision] === row[at.label] ? "right" : "wrong";
  }

  function filter() {
    const wanted = Object.fromEntries(new FormData(form));
    const rows = data.runs[Number(wanted.run || 0)].rows;
    const words = wanted.words.toLowerCase();
    found = rows.filter((row) =>
      (!wanted.species || row[at.species] === wanted.species) &&
      (!wanted.decision || row[at.decision] === wanted.decision) &&
      (!wanted.outcome || (wanted.outcome === "right") === (outcome(row) === "right")) &&
      (!words || [row[at.id], row[at.text], row[at.reason]].some((text) => text && text.toLowerCase().includes(words))));
    if (wanted.order !== "file") {
      found = found.slice().sort((a, b) => compare(number(a), number(b), wanted.order === "down"));
    }
    count.textContent = `${found.length} of ${rows.length} presentations`;
    list.replaceChildren();
    drawn = 0;
    draw();
  }

  function number(row) {
    const score = row[at.score];
    return score === null ? null : Number(String(score).replace("inf", "Infinity"));
  }

  function draw() {
    const next = found.slice(drawn, drawn + PAGE);
    drawn += next.length;
    list.append(...next.map(item));
    more.hidden = drawn >= found.length;
  }

  function element(name, className, text) { // text only: whatever a model said is never read as HTML
    const made = document.createElement(name);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  }

  function item(row) {
    const kind = outcome(row);
    const box = element("li", kind);
    if (row[at.picture]) {
      const picture = element("img");
      picture.src = row[at.picture];
      picture.alt = `face crop of ${row[at.id]}`;
      picture.loading = "lazy";
      box.append(picture);
    }
    const head = element("div", "head");
    const word = { right: "✔ right", wrong: "✘ wrong", silent: "– no answer" }[kind];
    head.append(
      element("b", "", word),
      element("span", "", row[at.id]),
      element("span", "", `${row[at.species]}${row[at.native] !== row[at.species] ? ` (${row[at.native]})` : ""}`),
      element("span", "", `decided: ${row[at.decision]}`),
      element("span", "", `score: ${row[at.score] === null ? "–" : row[at.score]}`),
    );
    box.append(head);
    if (row[at.reason]) box.append(element("p", "", row[at.reason]));
    if (row[at.text]) {
      const said = element("p", "words", row[at.text]);
      said.dir = "auto";
      box.append(said);
    }
    return box;
  }

  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  more.addEventListener("click", () => {
    const first = drawn;
    draw();
    const target = list.children[first]; // the keyboard goes on where it was
    if (target) {
      target.tabIndex = -1;
      target.focus();
    }
  });
  filter();
  document.documentElement.dataset.ready = Math.round(performance.now()); // ms from the request to a usable page
})();
