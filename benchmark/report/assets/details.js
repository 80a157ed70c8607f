// The details of a row: its records with their provenance, and the command that reproduces them.
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
