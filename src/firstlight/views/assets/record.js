// The record: our method beside every baseline, base rate first; whether probabilities came true.

const SCORES = [["csi", 1], ["ets", 1], ["auc", 1], ["brier", -1], ["brier_skill", 1], ["precision_20", 1]];

function bestOf(rows) {
  return Object.fromEntries(SCORES.map(([name, turn]) => {
    const values = rows.map((row) => row[name]).filter(isNumber);
    return [name, values.length > 1 ? Math.max(...values.map((each) => turn * each)) * turn : null];
  }));
}

function scoreCell(row, name, best) {
  const text = name === "precision_20" ? percent(row[name]) : decimal(row[name]);
  if (text === DASH) return orDash(DASH, "missing.score");
  const [low, high] = [row[`${name}_low`], row[`${name}_high`]];
  const value = row[name] === best[name] ? el("strong", null, text) : text;
  return isNumber(low) && isNumber(high) ? [value, " ", el("span", { class: "quiet" }, low < 0 ? say("range", { low: decimal(low), high: decimal(high) }) : `${decimal(low)}–${decimal(high)}`)] : value;
}

const methodName = (row) => (row.is_ours ? [el("strong", null, own(row, "title")), " ", el("span", { class: "quiet" }, say("record.ours"))] : own(row, "title"));

function pooledTable(rows) {
  const best = bestOf(rows);
  const top = Math.max(...rows.flatMap((row) => [row.csi_high, row.csi, row.base_rate]).filter(isNumber), 0.1) * 1.05;
  const headings = [
    [say("col.method"), "text"], [say("col.base_rate"), "number", "hint.base_rate"],
    ...SCORES.map(([name]) => [say(`col.${name}`), "number", `hint.${name}`]), [say("record.csi"), "trend"],
  ];
  const cells = rows.map((row) => {
    const line = [methodName(row), orDash(percent(row.base_rate), "missing.score"), ...SCORES.map(([name]) => scoreCell(row, name, best)), forest(row, top)];
    line.kind = row.is_ours ? "ours" : null;
    return line;
  });
  return table(headings, cells, { caption: say("record.pooled"), rowHeading: true, class: "scores" });
}

function yearTable(rows) {
  const years = [...new Set(rows.map((row) => row.forecast_year))];
  const headings = [
    [say("col.year"), "number"], [say("col.n"), "number", "hint.n"], [say("col.coverage"), "number", "hint.coverage"],
    [say("col.base_rate"), "number", "hint.base_rate"], ...["csi", "ets", "auc"].map((name) => [say(`col.${name}`), "number", `hint.${name}`]),
    [say("col.best_baseline"), "number", "hint.auc"],
  ];
  const cells = years.map((year) => {
    const all = rows.filter((row) => row.forecast_year === year);
    const ours = all.find((row) => row.is_ours) || all[0];
    const others = all.filter((row) => !row.is_ours && isNumber(row.auc)).sort((a, b) => b.auc - a.auc);
    const rival = others.length ? [decimal(others[0].auc), " ", el("span", { class: "quiet" }, own(others[0], "title"))] : orDash(DASH, "missing.score");
    return [
      String(year), isNumber(ours.n) ? whole(ours.n) : DASH, orDash(percent(ours.coverage), "missing.score"), orDash(percent(ours.base_rate), "missing.score"),
      ...["csi", "ets", "auc"].map((name) => orDash(decimal(ours[name]), "missing.score")), rival,
    ];
  });
  return table(headings, cells, { caption: say("record.by_year"), rowHeading: true });
}

function drawRecord() {
  const parts = ["B", "A"].map((target) => {
    const { pooled, years } = DATA.record[target];
    if (!pooled.length && !years.length) return null;
    const ours = pooled.find((row) => row.is_ours) || pooled[0] || {};
    const base = isNumber(ours.base_rate)
      ? el("p", { class: "base-rate" }, say("record.base", { positives: isNumber(ours.positives) ? whole(ours.positives) : DASH, n: isNumber(ours.n) ? whole(ours.n) : DASH, base: percent(ours.base_rate), coverage: percent(ours.coverage) }))
      : null;
    const bins = DATA.reliability.filter((row) => row.target === target);
    return el("div", { class: "target" },
      el("h3", null, say(`record.${target}`)), base, target === "A" ? el("p", { class: "quiet" }, say("record.A.note")) : null,
      pooled.length ? pooledTable(pooled) : null,
      el("div", { class: "beside" },
        bins.length ? el("figure", null, el("h4", null, say("record.reliability")), reliabilityChart(bins, ours.base_rate), el("figcaption", { class: "quiet" }, say("record.reliability.how"))) : null,
        years.length ? yearTable(years) : null));
  }).filter(Boolean);
  if (!parts.length) return section("record", el("p", { class: "empty" }, say("empty.record")));
  return section("record", el("p", { class: "quiet" }, say("record.how")), parts);
}
