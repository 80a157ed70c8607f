// Accuracy against cost.
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

// A method that does no better than guessing trades nothing for its cost.
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
  byId("plot-chance").textContent = guessing.length && !points.includes(guessing[0]) ? `At chance and left out: ${guessing.map((row) => row.label).join(", ")}.` : "";
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
