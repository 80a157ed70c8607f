// The data of the page, and how its script makes elements and numbers.
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
