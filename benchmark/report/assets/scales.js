// The scales of the plot and their ticks.
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
