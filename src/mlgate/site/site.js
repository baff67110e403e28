"use strict";
// Draws what the page's data hold. All text is set as text, never as markup.
// The choice of model, run and filters is in the address, so that it can be linked.
const data = JSON.parse(document.getElementById("data").textContent);
const STEP = 100;   // rows of the table at a time
const POINTS = 400; // points of a drawn line
const SVG = "http://www.w3.org/2000/svg";
// Numbers are whole at a scale of their metric; ends of intervals are distances from the value.
for (const model of data.models)
  for (const metric of model.metrics) {
    const scaled = (whole) => (whole === null ? null : whole / 10 ** metric.places);
    const end = (distances) => distances.map((each, i) => (each === null ? null : scaled(metric.value[i] + each)));
    metric.low = end(metric.below);
    metric.high = end(metric.above);
    metric.value = metric.value.map(scaled);
  }
const find = (selector) => document.querySelector(selector);
const marks = { pass: ["pass", "✓"], fail: ["fail", "✗"], error: ["fail", "✗"] };
const words = { inconclusive: "undecided", not_applicable: "not applicable" };
let shown = STEP;

function make(tag, text, properties = {}) {
  const node = document.createElement(tag);
  if (text !== undefined && text !== null) node.textContent = text;
  return Object.assign(node, properties);
}

function draw(tag, attributes) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}

const text = (place) => (place === null ? "" : data.texts[place]);
const number = (value) => (value === null ? "–" : String(Number(value.toPrecision(4))));
const outcome = (model, i) => text(model.verdict[i]) || "not judged";
const named = (verdict) => words[verdict] ?? verdict;
const version = (model, i) => model.tag[i] ?? (model.commit[i] ?? "").slice(0, 7);
const id = (model) => (model.place ? `${model.place}: ${model.name}` : model.name);

function state() {
  const given = new URLSearchParams(location.hash.slice(1));
  const chosen = data.models.findIndex((model) => id(model) === given.get("model"));
  return {
    model: Math.max(chosen, 0),
    run: given.get("run"),
    verdict: given.get("verdict") ?? "",
    text: given.get("text") ?? "",
    waived: given.get("waived") === "1",
  };
}

function address(changes) {
  const now = { ...state(), ...changes };
  const parts = new URLSearchParams({ model: id(data.models[now.model]) });
  for (const name of ["run", "verdict", "text"]) if (now[name]) parts.set(name, now[name]);
  if (now.waived) parts.set("waived", "1");
  return `#${parts}`;
}

function verdict(model, i) {
  const [tone, sign] = model.blocked[i] ? marks.fail : marks[outcome(model, i)] ?? ["warn", "!"];
  const cell = make("span", null, { className: "verdict-word" });
  const mark = make("span", sign, { className: `mark ${tone}` });
  mark.setAttribute("aria-hidden", "true");
  cell.append(mark, named(outcome(model, i)));
  return cell;
}

function row(cells, right = []) {
  const line = make("tr");
  cells.forEach((cell, i) => {
    const box = make(i === 0 ? "th" : "td");
    if (i === 0) box.scope = "row";
    if (right.includes(i)) box.className = "right";
    box.append(cell);
    line.append(box);
  });
  return line;
}

function showModels(now) {
  const body = find("#models tbody");
  body.replaceChildren();
  data.models.forEach((model, m) => {
    const last = model.time.length - 1;
    const days = Math.floor((Date.parse(data.made) - Date.parse(model.time[last])) / 86400000);
    const link = make("a", id(model), { href: address({ model: m, run: null }) });
    const blocked = model.blocked.filter(Boolean).length;
    const waived = model.waived.filter((place) => place !== null).length;
    const line = row(
      [link, verdict(model, last), version(model, last), `${days}`, `${last + 1}`, `${blocked}`, `${waived}`],
      [3, 4, 5, 6],
    );
    if (m === now.model) line.setAttribute("aria-current", "true");
    body.append(line);
  });
}

// Keeps the last value of each of so many equal parts, and the widest interval in it.
function thinned(metric) {
  const size = Math.max(1, Math.ceil(metric.value.length / POINTS));
  const points = [];
  for (let start = 0; start < metric.value.length; start += size) {
    let point = null;
    for (let i = start; i < Math.min(start + size, metric.value.length); i++) {
      const value = metric.value[i];
      if (value === null) continue;
      const low = metric.low[i] ?? value, high = metric.high[i] ?? value;
      point = point === null
        ? { i, value, low, high }
        : { i, value, low: Math.min(low, point.low), high: Math.max(high, point.high) };
    }
    if (point !== null) points.push(point);
  }
  return points;
}

function trend(metric, chosen) {
  const points = thinned(metric);
  const last = points[points.length - 1];
  const low = Math.min(...points.map((p) => p.low)), high = Math.max(...points.map((p) => p.high));
  const width = Math.max(1, metric.value.length - 1), height = high - low || 1;
  const x = (i) => ((metric.value.length > 1 ? i / width : 0.5) * 1000).toFixed(1);
  const y = (value) => (95 - ((value - low) / height) * 90).toFixed(2);
  const svg = draw("svg", { viewBox: "0 0 1000 100", preserveAspectRatio: "none", role: "img" });
  const spoken = `${metric.title} over ${metric.value.length} runs, between ${number(low)} and ${number(high)}, last ${number(last.value)}`;
  svg.setAttribute("aria-label", spoken);
  const up = points.map((p) => `${x(p.i)},${y(p.high)}`), down = points.map((p) => `${x(p.i)},${y(p.low)}`).reverse();
  svg.append(draw("polygon", { class: "band", points: [...up, ...down].join(" ") }));
  svg.append(draw("polyline", { class: "line", points: points.map((p) => `${x(p.i)},${y(p.value)}`).join(" ") }));
  if (chosen >= 0) svg.append(draw("line", { class: "chosen", x1: x(chosen), x2: x(chosen), y1: 0, y2: 100 }));
  const figure = make("figure"), caption = make("figcaption");
  const better = metric.better === "lower" ? "; less is better" : "";
  const range = `${number(last.value)} (${number(low)} to ${number(high)}${better})`;
  caption.append(make("strong", metric.title), make("span", range));
  figure.append(caption, svg);
  return figure;
}

function fits(model, i, now) {
  if (now.verdict && outcome(model, i) !== now.verdict) return false;
  if (now.waived && model.waived[i] === null) return false;
  if (!now.text) return true;
  const places = [model.headline, model.parameters, model.command, model.data, model.artifacts, model.environment];
  const words = [model.commit[i], model.tag[i], ...places.map((column) => text(column[i]))];
  return words.join("\n").toLowerCase().includes(now.text.toLowerCase());
}

function showRuns(model, now) {
  const body = find("#runs tbody");
  body.replaceChildren();
  const chosen = [];
  for (let i = model.time.length - 1; i >= 0; i--) if (fits(model, i, now)) chosen.push(i);
  for (const i of chosen.slice(0, shown)) {
    const link = make("a", (model.commit[i] ?? "none").slice(0, 7), { href: address({ run: model.commit[i] }) });
    const headline = text(model.headline[i]).replace(/^[^—]*— /, "");
    const waived = model.waived[i] === null ? "" : "waived; ";
    const time = model.time[i].slice(0, 16).replace("T", " ");
    body.append(row([time, link, model.tag[i] ?? "", verdict(model, i), waived + headline]));
  }
  const all = model.time.length;
  find("#count").textContent = chosen.length === all ? `${all} runs` : `${chosen.length} of ${all} runs`;
  find("#more").hidden = chosen.length <= shown;
}

function showRun(model, i) {
  const section = find("#run");
  section.hidden = i < 0;
  if (i < 0) return;
  find("#run-title").textContent = `Run of ${version(model, i)}`;
  const facts = [
    ["commit", model.commit[i]], ["time", model.time[i]], ["verdict", text(model.headline[i])],
    ["waivers", text(model.waived[i])], ["command", text(model.command[i])],
    ["parameters", text(model.parameters[i])], ["read", text(model.data[i])],
    ["made", text(model.artifacts[i])], ["environment", text(model.environment[i])],
  ];
  const list = section.querySelector("dl");
  list.replaceChildren();
  for (const [name, value] of facts) if (value) list.append(make("dt", name), make("dd", value));
  const body = section.querySelector("tbody");
  body.replaceChildren();
  for (const metric of model.metrics) {
    if (metric.value[i] === null) continue;
    const bounds = metric.low[i] === null && metric.high[i] === null
      ? "" : `[${number(metric.low[i])}, ${number(metric.high[i])}]`;
    body.append(row([metric.title, number(metric.value[i]), bounds], [1, 2]));
  }
}

function show() {
  const now = state();
  const model = data.models[now.model];
  const i = now.run === null ? -1 : model.commit.lastIndexOf(now.run);
  const form = find("#filter");
  form.elements.verdict.replaceChildren(make("option", "all", { value: "" }));
  for (const value of [...new Set(model.verdict.map((_, k) => outcome(model, k)))].sort())
    form.elements.verdict.append(make("option", named(value), { value }));
  form.elements.verdict.value = now.verdict;
  if (document.activeElement !== form.elements.text) form.elements.text.value = now.text;
  form.elements.waived.checked = now.waived;
  showModels(now);
  find("#trends-title").textContent = `Trends of ${model.name}`;
  find("#trends").replaceChildren(...model.metrics.map((metric) => trend(metric, i)));
  showRuns(model, now);
  showRun(model, i);
}

find("#filter").addEventListener("input", (event) => {
  const form = event.currentTarget.elements;
  shown = STEP;
  history.replaceState(null, "", address({
    verdict: form.verdict.value, text: form.text.value, waived: form.waived.checked,
  }));
  show();
});
find("#filter").addEventListener("submit", (event) => event.preventDefault());
find("#more").addEventListener("click", () => { shown += STEP; show(); });
addEventListener("hashchange", () => {
  show();
  if (state().run) find("#run-title").focus();
});
find("#made").textContent = `Made ${data.made} by mlgate ${data.tool}.`;
if (data.models.length) show();
