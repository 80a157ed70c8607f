// The tables: columns, sorting, search and filters.
byId("summary").append(...data.summary.map((line) => element("li", {}, line)));

function columns(sheet) {
  const made = [
    { name: "method", of: (row) => row.label, up: true },
    { name: "way", of: (row) => row.way, up: true },
    { name: "shot", of: (row) => row.shot, up: true },
    { name: "accuracy, %", of: (row) => row.accuracy, show: accuracy, class: standing },
    { name: "seeds", of: (row) => row.seeds[0], show: (row) => (row.seeds[0] === row.seeds[1] ? row.seeds[1] : row.seeds.join("/")) },
    { name: "± tasks", of: (row) => row.episodes, show: (row) => fixed(row.episodes), up: true },
  ];
  sheet.references.forEach((reference, i) => {
    const part = (row, of) => (row.compared[i] ? row.compared[i][of] : null);
    made.push({
      name: `Δ vs ${reference}`,
      of: (row) => part(row, 0),
      show: (row) => (row.compared[i] ? signed(part(row, 0)) + (part(row, 1) === null ? "" : ` ± ${fixed(part(row, 1))}`) : ABSENT),
    });
    made.push({ name: "p", of: (row) => part(row, 2), show: (row) => pvalue(part(row, 2)), up: true });
  });
  made.push(
    { name: "adapt ms/task", of: (row) => row.adapt, show: (row) => brief(row.adapt), up: true },
    { name: "ms/sample", of: (row) => row.sample, show: (row) => brief(row.sample), up: true },
    { name: "training s", of: (row) => row.training, show: (row) => brief(row.training), up: true },
    { name: "paper, %", of: (row) => row.paper && row.paper[0], show: (row) => (row.paper ? fixed(row.paper[0]) + gap(row, row.paper[0]) : ABSENT) },
    {
      name: "published, %",
      of: (row) => (row.published.length ? row.published[0][0] : null),
      show: (row) => row.published.map(([value]) => fixed(value) + gap(row, value)).join(", ") || ABSENT,
    },
  );
  return made;
}
function accuracy(row) {
  if (row.accuracy === null) return row.status === "failed" ? "failed" : ABSENT;
  return fixed(row.accuracy) + (row.interval === null ? "" : ` ± ${fixed(row.interval)}`);
}
function standing(row) {
  if (row.status === "failed") return "failed";
  return { best: "best", "not distinguishable": "tied" }[row.standing] || "";
}

const tables = data.sheets.map((sheet) => {
  const shown = { sheet, columns: columns(sheet), sort: null, down: false, limit: STEP, open: new Set() };
  shown.body = element("tbody");
  shown.heads = shown.columns.map((column, i) => {
    const button = element("button", { type: "button" }, column.name);
    button.addEventListener("click", () => {
      shown.down = shown.sort === i ? !shown.down : !column.up;
      shown.sort = i;
      fill(shown);
    });
    return element("th", { scope: "col" }, button);
  });
  shown.more = element("button", { type: "button" }, "");
  shown.more.addEventListener("click", () => {
    shown.limit = Infinity;
    fill(shown);
  });
  const table = element("table", { "aria-label": sheet.title }, element("thead", {}, element("tr", {}, ...shown.heads)), shown.body);
  shown.section = element(
    "section",
    {},
    element("h3", {}, sheet.title),
    element("p", { class: "quiet" }, [sheet.caption, ...sheet.notes].join(" ")),
    element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": sheet.title }, table),
    shown.more,
  );
  for (const row of sheet.rows) row.text = [row.label, setting(row), sheet.title, row.status].join(" ").toLowerCase();
  byId("sheets").append(shown.section);
  return shown;
});

function compare(one, other) {
  return typeof one === "string" ? one.localeCompare(other, "en", { numeric: true }) : one - other;
}

function wanted(shown) {
  const words = byId("search").value.toLowerCase().split(/\s+/).filter(Boolean);
  const about = shown.sheet.about;
  if (byId("suite").value && byId("suite").value !== about.suite) return [];
  if (byId("dataset").value && byId("dataset").value !== about.dataset) return [];
  const rows = shown.sheet.rows.filter(
    (row) => (!byId("generates").checked || row.generates) && words.every((word) => row.text.includes(word)),
  );
  if (shown.sort === null) return rows;
  const of = shown.columns[shown.sort].of;
  // What is not there comes last, whichever way the rest is sorted.
  return rows.sort((a, b) => {
    const [one, other] = [of(a), of(b)];
    if (one === null || other === null) return (one === null) - (other === null);
    return shown.down ? compare(other, one) : compare(one, other);
  });
}

function fill(shown) {
  const rows = wanted(shown);
  shown.heads.forEach((head, i) => {
    if (i === shown.sort) head.setAttribute("aria-sort", shown.down ? "descending" : "ascending");
    else head.removeAttribute("aria-sort");
  });
  const visible = rows.slice(0, shown.limit);
  const lines = [];
  for (const row of visible) {
    lines.push(line(shown, row));
    if (shown.open.has(row)) lines.push(details(shown, row));
  }
  shown.body.replaceChildren(...lines);
  shown.section.hidden = rows.length === 0;
  shown.more.hidden = visible.length === rows.length;
  shown.more.textContent = `Show all ${rows.length} rows`;
  return rows.length;
}

function line(shown, row) {
  const made = element("tr", {});
  shown.columns.forEach((column, i) => {
    const text = column.show ? column.show(row) : column.of(row);
    const cell = element("td", { class: column.class ? column.class(row) : "" });
    if (i === 0) {
      const open = element("button", { type: "button", class: "open", "aria-expanded": shown.open.has(row) }, text);
      open.addEventListener("click", () => toggle(shown, row, made, open));
      cell.append(open);
    } else cell.append(String(text));
    made.append(cell);
  });
  row.line = made;
  return made;
}

function toggle(shown, row, at, button) {
  if (shown.open.delete(row)) at.nextElementSibling.remove();
  else {
    shown.open.add(row);
    at.after(details(shown, row));
  }
  button.setAttribute("aria-expanded", shown.open.has(row));
}

function fillAll() {
  const found = tables.reduce((sum, shown) => sum + fill(shown), 0);
  byId("count").textContent = `${found} row${found === 1 ? "" : "s"}`;
}
function choices(select, values, all) {
  if (all) select.append(element("option", { value: "" }, all));
  for (const [value, text] of values) select.append(element("option", { value }, text));
}
const unique = (name) => [...new Set(data.sheets.map((sheet) => sheet.about[name]))].map((value) => [value, value]);
choices(byId("suite"), unique("suite"), "all");
choices(byId("dataset"), unique("dataset"), "all");
for (const id of ["search", "suite", "dataset", "generates"]) byId(id).addEventListener("input", fillAll);
fillAll();
