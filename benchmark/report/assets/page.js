"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const byId = (id) => document.getElementById(id);
  const ABSENT = "–";
  const STEP = 100; // rows that a table shows before it is asked for more
  const COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#8C8C8C"];

  // Text from records goes into the page through here alone, and never as markup.
  function element(name, attributes = {}, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children.map((child) => (child instanceof Node ? child : String(child))));
    return made;
  }
  function drawn(name, attributes = {}, text) {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text !== undefined) made.textContent = text;
    return made;
  }

  const fixed = (value, digits = 2) => (value === null ? ABSENT : value.toFixed(digits));
  const signed = (value) => (Number(value.toFixed(2)) === 0 ? "0.00" : (value > 0 ? "+" : "−") + Math.abs(value).toFixed(2));
  const brief = (value) => (value === null ? ABSENT : value >= 99.95 ? value.toFixed(0) : value.toPrecision(3));
  const pvalue = (value) => (value === null ? ABSENT : value < 0.001 ? "<0.001" : value.toFixed(3));
  const setting = (row) => `${row.way}-way ${row.shot}-shot`;
  const gap = (row, other) => (row.accuracy === null ? "" : ` (${signed(row.accuracy - other)})`);

  // --- light and dark
  const root = document.documentElement;
  const systemDark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : systemDark.matches);
  const nameTheme = () => (byId("theme").textContent = isDark() ? "Light" : "Dark");
  byId("theme").addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    nameTheme();
  });
  systemDark.addEventListener("change", nameTheme);
  nameTheme();

  byId("summary").append(...data.summary.map((line) => element("li", {}, line)));

  // --- tables
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
        name: `less ${reference}`,
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

  function listed(pairs) {
    const made = element("dl");
    for (const [name, value] of pairs) if (value) made.append(element("dt", {}, name), element("dd", {}, value));
    return made;
  }
  const assigned = (of, join = ", ") =>
    Object.entries(of || {})
      .map(([name, value]) => `${name} ${typeof value === "object" ? JSON.stringify(value) : value}`)
      .join(join);

  function details(shown, row) {
    const settings = data.shared[row.settings];
    const { hyperparameters, ...rest } = settings;
    const box = element(
      "div",
      { class: "details-box" },
      listed([
        ["setting", setting(row)],
        ["hyper-parameters", assigned(hyperparameters)],
        ["settings", assigned(rest)],
        ["paper", row.paper && `${fixed(row.paper[0])} (${row.paper[1]})`],
        ["published", row.published.map(([value, source]) => `${fixed(value)} (${source})`).join("; ")],
        ["missing seeds", row.absent.join(", ")],
      ]),
    );
    for (const record of row.records) box.append(provenance(row, record));
    const cell = element("td", { colspan: shown.columns.length }, box);
    return element("tr", { class: "details" }, cell);
  }

  function provenance(row, record) {
    const command = `${row.command} --seeds 1 --first-seed ${record.seed}`;
    const copy = element("button", { type: "button" }, "Copy");
    copy.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(command);
        copy.textContent = "Copied";
      } catch {
        copy.textContent = "Select the text to copy it";
      }
    });
    return element(
      "div",
      { class: "record" },
      listed([
        [`seed ${record.seed}`, record.reason === null ? `${fixed(record.accuracy)} %` : `failed: ${record.reason}`],
        ["record", record.hash],
        ["run on", `${data.shared[record.hardware]}, ${record.started}`],
        ["versions", assigned(data.shared[record.versions])],
        ...(data.shared[record.code] === null ? [] : [["code", assigned(data.shared[record.code])]]),
        ["seconds", assigned(record.seconds)],
        ...record.latency.map(([clock, adapt, sample]) => ["latency", `${brief(adapt)} ms to adapt, ${brief(sample)} ms/sample, ${data.shared[clock]}`]),
      ]),
      element("pre", {}, element("code", {}, command)),
      copy,
    );
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

  // --- trade-off
  const costs = {
    sample: { name: "ms per sample", log: true },
    adapt: { name: "ms to adapt to a task", log: true },
    training: { name: "preparation and meta-training, s", log: false },
  };
  const blocks = [];
  tables.forEach((shown) => {
    const names = [...new Set(shown.sheet.rows.map(setting))];
    for (const name of names) blocks.push({ shown, name, rows: shown.sheet.rows.filter((row) => setting(row) === name) });
  });
  choices(byId("plot-setting"), blocks.map((block, i) => [i, `${block.shown.sheet.title}, ${block.name}`]));
  choices(byId("plot-cost"), Object.entries(costs).map(([key, cost]) => [key, cost.name]));

  function scale(values, from, to, log) {
    const at = log ? Math.log10 : (value) => value;
    let [low, high] = [Math.min(...values.map(at)), Math.max(...values.map(at))];
    const pad = (high - low || 1) * 0.08;
    [low, high] = [low - pad, high + pad];
    const place = (value) => from + ((at(value) - low) / (high - low)) * (to - from);
    return { place, ticks: log ? logTicks(low, high) : linearTicks(low, high) };
  }
  function logTicks(low, high) {
    const found = [];
    for (let power = Math.floor(low); power <= Math.ceil(high); power++) {
      for (const digit of high - low > 3 ? [1] : [1, 2, 5]) {
        const value = digit * 10 ** power;
        if (Math.log10(value) >= low && Math.log10(value) <= high) found.push(Number(value.toPrecision(3)));
      }
    }
    return found;
  }
  function linearTicks(low, high) {
    const rough = (high - low) / 5;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((digit) => digit * power).find((candidate) => candidate >= rough);
    const found = [];
    for (let value = Math.ceil(low / step) * step; value <= high; value += step) found.push(Number(value.toPrecision(6)));
    return found;
  }

  // Accuracies are on a logit scale, as in `ltdi-bench plot tradeoff`: 98 and 99 are as far apart as chance deserves. It
  // holds all values, and the ends of their intervals unless these would leave little room for the values.
  function logit(percent) {
    const share = Math.min(Math.max(percent / 100, 1e-4), 1 - 1e-4);
    return Math.log(share / (1 - share));
  }
  function accuracyScale(points, from, to) {
    const values = points.map((row) => logit(row.accuracy));
    const ends = points.flatMap((row) => [row.accuracy - (row.interval || 0), row.accuracy + (row.interval || 0)]).map(logit);
    let [low, high] = [Math.min(...values), Math.max(...values)];
    const room = Math.max(0.6 * (high - low), 0.1);
    [low, high] = [Math.max(low - room, Math.min(...ends)), Math.min(high + room, Math.max(...ends))];
    const margin = Math.max(0.08 * (high - low), 0.05);
    [low, high] = [low - margin, high + margin];
    const place = (value) => from + (Math.min(Math.max((logit(value) - low) / (high - low), 0), 1)) * (to - from);
    return { place, ticks: accuracyTicks(low, high) };
  }
  function accuracyTicks(low, high) {
    const multiples = (step, last) => Array.from({ length: Math.round(last / step) }, (_, i) => Number((step * (i + 1)).toFixed(1)));
    const finestFirst = [
      ...[0.1, 0.2, 0.5, 1, 2].map((step) => multiples(step, 100 - step)),
      [1, 2, ...multiples(5, 95), 98, 99, 99.5, 99.9],
      [1, 5, ...multiples(10, 90), 95, 98, 99, 99.5, 99.9],
      [1, 5, 20, 50, 80, 90, 95, 98, 99, 99.5, 99.9],
    ];
    for (const candidates of finestFirst) {
      const inside = candidates.filter((tick) => logit(tick) >= low && logit(tick) <= high);
      const apart = inside.slice(1).map((tick, i) => logit(tick) - logit(inside[i]));
      if (inside.length > 1 && Math.min(...apart) >= (high - low) / 12) return inside;
    }
    return [1, 5, 20, 50, 80, 95, 99, 99.9].filter((tick) => logit(tick) >= low && logit(tick) <= high);
  }
  // What does no better than guessing trades nothing for its cost.
  const atChance = (row) => row.accuracy - (row.interval || 0) <= 100 / row.way;

  // A place for a name beside its dot that covers neither dots nor names; null where there is none.
  function freePlace(text, cx, cy, dots, names, edge, width) {
    const size = { wide: 6.6 * text.length, high: 12 };
    const covers = (box, other) => box.left < other.right && other.left < box.right && box.top < other.bottom && other.top < box.bottom;
    for (const [dx, dy, anchor] of [[10, -8, "start"], [10, 16, "start"], [-10, -8, "end"], [-10, 16, "end"], [11, 4, "start"], [-11, 4, "end"]]) {
      const left = anchor === "start" ? cx + dx : cx + dx - size.wide;
      const box = { left, right: left + size.wide, top: cy + dy - size.high, bottom: cy + dy };
      const inside = box.left > edge && box.right < width && box.top > 0;
      if (inside && ![...dots, ...names].some((other) => covers(box, other))) return { x: cx + dx, y: cy + dy, anchor, box };
    }
    return null;
  }

  const drawable = (block, key) =>
    block.rows.filter((row) => row.accuracy !== null && row[key] !== null && (!costs[key].log || row[key] > 0));

  function plot() {
    const block = blocks[byId("plot-setting").value];
    // Not every setting has every cost: one that it lacks cannot be chosen.
    const offered = [...byId("plot-cost").options];
    for (const option of offered) option.disabled = !drawable(block, option.value).length;
    const chosen = offered.find((option) => option.selected && !option.disabled) ?? offered.find((option) => !option.disabled);
    if (chosen) chosen.selected = true;
    const key = byId("plot-cost").value;
    const cost = costs[key];
    let points = drawable(block, key);
    const clocks = points.map((row) => row.clock);
    const usual = clocks.sort((a, b) => clocks.filter((c) => c === b).length - clocks.filter((c) => c === a).length)[0];
    if (key !== "training") points = points.filter((row) => row.clock === usual); // other clocks do not compare
    const guessing = points.filter(atChance);
    if (guessing.length < points.length) points = points.filter((row) => !atChance(row));
    byId("plot-chance").textContent = guessing.length && !points.includes(guessing[0]) ? `At chance, not drawn: ${guessing.map((row) => row.label).join(", ")}.` : "";
    byId("plot").querySelector("svg, p")?.remove();
    byId("tip").hidden = true;
    if (!points.length) {
      byId("plot").prepend(element("p", { class: "quiet" }, `No finished record here has ${cost.name}.`));
      return;
    }
    const narrow = byId("plot").clientWidth < 500;
    const [width, height, left, bottom] = narrow ? [400, 340, 46, 44] : [840, 440, 56, 48];
    const x = scale(points.map((row) => row[key]), left, width - 12, cost.log);
    const y = accuracyScale(points, height - bottom, 12);
    const svg = drawn("svg", { viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": `Accuracy against ${cost.name}` });
    for (const value of x.ticks) {
      svg.append(drawn("path", { class: "axis", d: `M${x.place(value)} 8V${height - bottom}` }));
      svg.append(drawn("text", { x: x.place(value), y: height - bottom + 16, "text-anchor": "middle" }, value));
    }
    for (const value of y.ticks) {
      svg.append(drawn("path", { class: "axis", d: `M${left} ${y.place(value)}H${width - 8}` }));
      svg.append(drawn("text", { x: left - 6, y: y.place(value) + 4, "text-anchor": "end" }, value));
    }
    const clock = key === "training" || narrow ? "" : `, ${data.shared[usual]}`;
    svg.append(drawn("text", { x: (left + width) / 2, y: height - 8, "text-anchor": "middle" }, cost.name + clock));
    svg.append(drawn("text", { x: 14, y: (height - bottom) / 2, transform: `rotate(-90 14 ${(height - bottom) / 2})`, "text-anchor": "middle" }, "accuracy, %"));

    points.sort((a, b) => a[key] - b[key] || b.accuracy - a.accuracy);
    const front = [];
    for (const row of points) if (!front.length || row.accuracy > front[front.length - 1].accuracy) front.push(row);
    let path = "";
    for (const row of front) path += path ? `H${x.place(row[key])}V${y.place(row.accuracy)}` : `M${x.place(row[key])} ${y.place(row.accuracy)}`;
    svg.append(drawn("path", { class: "front", d: `${path}H${width - 12}` }));

    const labels = [...new Set(block.shown.sheet.rows.map((row) => row.label))].sort();
    const names = [];
    const dots = points.map((row) => [x.place(row[key]), y.place(row.accuracy)]).map(([cx, cy]) => ({ left: cx - 7, right: cx + 7, top: cy - 7, bottom: cy + 7 }));
    const texts = [];
    for (const row of points) {
      const [cx, cy] = [x.place(row[key]), y.place(row.accuracy)];
      const colour = COLOURS[labels.indexOf(row.label) % COLOURS.length];
      if (row.interval !== null) {
        svg.append(drawn("path", { class: "whisker", stroke: colour, d: `M${cx} ${y.place(row.accuracy - row.interval)}V${y.place(row.accuracy + row.interval)}` }));
      }
      const text = `${row.label}\n${accuracy(row)} %\n${brief(row[key])} ${cost.name}`;
      const dot = drawn("circle", { class: "dot", cx, cy, r: 7, fill: colour, tabindex: 0, role: "button", "aria-label": text.replaceAll("\n", ", ") });
      dot.addEventListener("pointerenter", () => showTip(text, cx / width, cy / height));
      dot.addEventListener("pointerleave", () => (byId("tip").hidden = true));
      dot.addEventListener("focus", () => showTip(text, cx / width, cy / height));
      dot.addEventListener("blur", () => (byId("tip").hidden = true));
      dot.addEventListener("click", () => openRow(block.shown, row));
      dot.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        openRow(block.shown, row);
      });
      svg.append(dot);
      const place = row.label.length < 24 && freePlace(row.label, cx, cy, dots, names, left, width);
      if (place) {
        names.push(place.box);
        texts.push(drawn("text", { class: "name", x: place.x, y: place.y, "text-anchor": place.anchor }, row.label));
      }
    }
    svg.append(...texts);
    byId("plot").prepend(svg);
  }
  function showTip(text, x, y) {
    const tip = byId("tip");
    const box = byId("plot").querySelector("svg").getBoundingClientRect();
    tip.textContent = text;
    tip.hidden = false;
    tip.style.left = `${Math.max(0, Math.min(x * box.width + 12, box.width - tip.offsetWidth))}px`;
    tip.style.top = `${Math.max(0, y * box.height - tip.offsetHeight - 10)}px`;
  }
  function openRow(shown, row) {
    for (const id of ["search", "suite", "dataset"]) byId(id).value = "";
    byId("generates").checked = false;
    shown.open.add(row);
    shown.limit = Infinity;
    fillAll();
    row.line.scrollIntoView({ block: "center" });
    row.line.querySelector("button").focus({ preventScroll: true });
  }
  for (const id of ["plot-setting", "plot-cost"]) byId(id).addEventListener("input", plot);
  let last = innerWidth;
  addEventListener("resize", () => {
    if (innerWidth !== last) plot();
    last = innerWidth;
  });
  plot();
})();
