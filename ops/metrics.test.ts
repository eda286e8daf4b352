// The dashboard and the alerts ask for nothing that the daemon does not print: script/deploy metrics
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";

import { House } from "../web/tests/house.ts";

const read = (path: string) => readFileSync(join(import.meta.dirname, path), "utf8");
/** The program's own table: names, kinds and labels. */
const table = new Map(
  [...read("../src/base/metrics.cpp").matchAll(/\{\{"(otto_\w+)", (\w+), \{([^}]*)\}/g)].map(
    ([, name, kind, labels]) => [name, { kind, labels: [...labels.matchAll(/"(\w+)"/g)].map((label) => label[1]) }],
  ),
);
const alerts = [...read("prometheus/alerts.yaml").matchAll(/expr: (?:>-\n((?:\s{10,}.*\n)+)|(.*))/g)].map(
  (found) => found[1] ?? found[2],
);
const dashboard = JSON.parse(read("grafana/otto.json")) as { panels: Array<{ targets?: Array<{ expr: string }> }> };
const panels = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));

test("every metric that an alert or a panel names is in the program's table, with its labels", () => {
  assert.ok(alerts.length > 10 && panels.length > 20 && table.size > 20);
  for (const expression of [...alerts, ...panels]) {
    const names = [...expression.matchAll(/otto_\w+/g)].map(([name]) => name);
    const known = names.map((name) => {
      const base = name.replace(/_(bucket|sum|count)$/, "");
      const row = table.get(name) ?? (table.get(base)?.kind === "Histogram" ? table.get(base) : undefined);
      assert.ok(row, `${name} in ${expression}`);
      return row;
    });
    const labels = new Set([...known.flatMap((row) => row.labels), "instance", "le", "job"]);
    for (const [, list] of expression.matchAll(/(?:by|on) \(([^)]*)\)/g)) {
      for (const label of list.split(/,\s*/)) assert.ok(labels.has(label), `${label} in ${expression}`);
    }
    for (const [, label] of expression.matchAll(/[{,]\s*(\w+)="/g))
      assert.ok(labels.has(label), `${label} in ${expression}`);
  }
  for (const name of table.keys())
    assert.ok(
      panels.some((expression) => expression.includes(name)),
      `no panel shows ${name}`,
    );
});

test("each alert has a case in which it fires and one in which it does not", () => {
  const names = [...read("prometheus/alerts.yaml").matchAll(/- alert: (\w+)/g)].map(([, name]) => name ?? "");
  const cases = [...read("prometheus/alerts.test.yaml").matchAll(/name: '(\w+) (fires|is quiet)/g)];
  assert.deepEqual(
    cases.map(([, name, what]) => `${name} ${what}`),
    names.flatMap((name) => [`${name} fires`, `${name} is quiet`]),
  );
});

test("promtool takes the alerts and their cases, every panel's question and what the daemon prints", async () => {
  execFileSync("promtool", ["check", "rules", join(import.meta.dirname, "prometheus/alerts.yaml")], { stdio: "pipe" });
  execFileSync("promtool", ["test", "rules", join(import.meta.dirname, "prometheus/alerts.test.yaml")], { stdio: "pipe" });
  const rules = panels.map((expression, n) => ({
    record: `panel:${n}`,
    expr: expression.replaceAll("$__rate_interval", "5m"),
  }));
  const file = join(mkdtempSync(join(tmpdir(), "otto-panels-")), "panels.json");
  writeFileSync(file, JSON.stringify({ groups: [{ name: "panels", rules }] }));
  execFileSync("promtool", ["check", "rules", file], { stdio: "pipe" });
  rmSync(dirname(file), { recursive: true });
  const house = await House.start();
  try {
    const printed = async () => await (await fetch(`${house.url}/metrics`)).text();
    while (!/^otto_database_up 1$/m.test(await printed())) await new Promise((next) => setTimeout(next, 100));
    const text = await printed();
    execFileSync("promtool", ["check", "metrics"], { input: text, stdio: "pipe" });
    for (const [name, { labels }] of table) {
      if (labels.length === 0) assert.match(text, new RegExp(`^# TYPE ${name} `, "m"));
    }
  } finally {
    await house.stop();
  }
});
