"use strict";

const texts = JSON.parse(document.body.dataset.texts);
const EVERY_MS = 15000;
const FINDINGS_EVERY = 2; // findings are log content: each read is in the access log, so they are fetched half as often

const word = (group, name) => texts[group + "_" + name] || name;
const text = (value) => (value === null || value === undefined ? "" : String(value));

function time(value) {
  const moment = value ? new Date(value) : null;
  return moment && !isNaN(moment) ? moment.toLocaleString(document.documentElement.lang, { dateStyle: "short", timeStyle: "medium" }) : "";
}

// Every cell is text, never markup: what logs say must not become part of the page.
function cell(value, kind, mark) {
  const td = document.createElement("td");
  td.className = [kind || "text", mark || ""].join(" ").trim();
  td.textContent = text(value);
  return td;
}

function table(place, columns, rows) {
  const box = document.getElementById(place);
  if (!rows.length) {
    box.replaceChildren(Object.assign(document.createElement("p"), { textContent: texts.none }));
    return;
  }
  const grid = document.createElement("table");
  const head = grid.createTHead().insertRow();
  for (const column of columns) {
    const th = document.createElement("th");
    th.scope = "col";
    th.textContent = texts[column];
    head.append(th);
  }
  const body = grid.createTBody();
  for (const row of rows) body.insertRow().append(...row);
  box.replaceChildren(grid);
}

async function read(path) {
  const answer = await fetch(path, { headers: { Accept: "application/json" }, credentials: "same-origin" });
  if (answer.status === 401) {
    location.reload();
    return new Promise(() => {});
  }
  if (answer.status === 403) return null;
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

async function show(place, path, render) {
  const found = await read(path);
  if (found === null) {
    document.getElementById(place).replaceChildren(Object.assign(document.createElement("p"), { textContent: texts.not_allowed }));
  } else {
    render(found);
  }
}

function clock(due, stopped, breached) {
  if (breached) return cell(time(due) + " – " + texts.breached, "time", "alarm");
  const left = new Date(due) - Date.now();
  return cell(stopped ? "" : time(due), "time", !stopped && left < 15 * 60000 ? "warn" : "");
}

function incidents(found) {
  const columns = ["priority", "number", "what", "municipality", "who", "state", "owner", "respond_by", "resolve_by"];
  const order = [...found.items].sort((a, b) => a.priority.localeCompare(b.priority) || a.created.localeCompare(b.created));
  table("incidents", columns, order.map((one) => [
    cell(one.priority, "text", one.priority === "P1" ? "alarm" : one.priority === "P2" ? "warn" : ""),
    cell(one.number, "time"),
    cell(one.title),
    cell(one.tenant_name),
    cell(one.entity),
    cell(word("state", one.state)),
    cell(one.owner),
    clock(one.response_due, one.acknowledged_at, one.response_breached),
    clock(one.resolution_due, one.resolved_at, one.resolution_breached),
  ]));
}

function findings(found) {
  table("findings", ["time", "level", "rule", "municipality", "who", "count"], found.items.map((one) => [
    cell(time(one.time), "time"),
    cell(word("level", one.level), "text", one.level === "critical" ? "alarm" : one.level === "high" ? "warn" : ""),
    cell(one.rule.name),
    cell(one.tenant),
    cell(one.entity),
    cell(one.count, "number"),
  ]));
}

function sources(found) {
  table("sources", ["source", "municipality", "host", "last_seen", "rate", "dead"], found.items.map((one) => [
    cell(one.source),
    cell(one.tenant),
    cell(one.host),
    cell(time(one.last_seen) + (one.silent_since ? " – " + texts.silent : ""), "time", one.silent_since ? "alarm" : ""),
    cell(one.rate, "number"),
    cell(one.dead, "number"),
  ]));
}

function overview(found) {
  const figures = {
    open_p1: found.incidents.by_priority.P1,
    open_p2: found.incidents.by_priority.P2,
    open_p3: found.incidents.by_priority.P3,
    overdue: found.incidents.breached,
    findings_24h: Object.values(found.incidents.findings_24h).reduce((sum, one) => sum + one, 0),
    dead_today: found.dead_today,
  };
  const list = document.getElementById("figures");
  list.replaceChildren(...Object.entries(figures).map(([name, value]) => {
    const box = document.createElement("div");
    const term = Object.assign(document.createElement("dt"), { textContent: texts[name] });
    const figure = Object.assign(document.createElement("dd"), { textContent: text(value) });
    if (value && (name === "open_p1" || name === "overdue")) figure.className = "alarm";
    box.append(term, figure);
    return box;
  }));
  table("pipeline", ["stage", "lag"], Object.entries(found.lag || {}).map(([stage, lag]) => [cell(stage), cell(lag, "number")]));
}

let round = 0;

async function refresh() {
  if (document.hidden) return;
  const status = document.getElementById("status");
  try {
    const work = [
      show("figures", "/api/v1/overview", overview),
      show("incidents", "/api/v1/incidents?open=true&limit=100", incidents),
      show("sources", "/api/v1/sources?limit=200", sources),
    ];
    if (round++ % FINDINGS_EVERY === 0) work.push(show("findings", "/api/v1/findings?purpose=operation&limit=25", findings));
    await Promise.all(work);
    const now = new Date().toLocaleTimeString(document.documentElement.lang);
    document.getElementById("updated").textContent = texts.updated + " " + now;
    status.textContent = "";
  } catch {
    status.textContent = texts.stale;
  }
}

document.addEventListener("visibilitychange", refresh);
setInterval(refresh, EVERY_MS);
refresh();
