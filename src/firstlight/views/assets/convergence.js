// New links: pairs of technologies by their likeliest pair of terms that no document has used together, and the record.

const CONVERGENCE_SHOWN = 30;

function technologyLink(id) {
  return PLACE.has(id) ? linkTo(PLACE.get(id)) : foreign(id);
}

function convergenceOutcome(row) {
  if (row.outcome === null) return orDash(DASH, "missing.outcome_later");
  return say(row.outcome ? "convergence.yes" : "convergence.no", { count: whole(row.outcome_documents_count) });
}

function convergenceRow(row) {
  return [
    String(row.rank),
    el("span", null, foreign(row.term), " × ", foreign(row.other_term)),
    el("span", null, technologyLink(row.technology_id), " × ", technologyLink(row.other_id)),
    `${whole(row.linked_count)} / ${whole(row.possible_count)}`,
    el("strong", null, percent(row.probability)),
    el("span", { class: "quiet" }, say("convergence.common", { count: whole(row.common_count) }), " ", own(row, "reason")),
    convergenceOutcome(row),
  ];
}

function convergenceRecord() {
  const rows = DATA.convergence_record.filter((row) => row.forecast_year === null);
  if (!rows.length) return el("p", { class: "quiet" }, say("convergence.no_record"));
  const [ours] = rows;
  const years = [...new Set(DATA.convergence_record.map((row) => row.forecast_year).filter(isNumber))].sort();
  const best = isNumber(ours.precision_50) ? percent(ours.precision_50) : DASH;
  const values = { years: years.join(", "), n: whole(ours.n), positives: whole(ours.positives), base: perThousand(ours.base_rate), best, said: isNumber(ours.listed_probability) ? percent(ours.listed_probability) : DASH, count: isNumber(ours.listed_count) ? whole(ours.listed_count) : DASH };
  const headings = [[say("col.method"), "text"], [say("col.auc"), "number", "hint.auc_links"], [say("col.lead"), "number", "hint.lead"]];
  const interval = (row, name) => (isNumber(row[`${name}_low`]) ? [" ", el("span", { class: "quiet" }, `${decimal(row[`${name}_low`], 3)}–${decimal(row[`${name}_high`], 3)}`)] : null);
  const cells = rows.map((row) => [own(row, "title"), [decimal(row.auc, 3), interval(row, "auc")], isNumber(row.lead) ? [decimal(row.lead, 3), interval(row, "lead")] : ""]);
  return el("div", null, el("p", { class: "base-rate" }, say("convergence.record", values)), table(headings, cells, { rowHeading: true, class: "narrow" }));
}

function drawConvergence() {
  if (!DATA.convergence.length) return section("convergence", el("p", { class: "empty" }, own(FACTS, "convergence_note") || say("empty.convergence")));
  const headings = [
    [say("col.rank"), "number"], [say("col.pair"), "text"], [say("col.joins"), "text"], [say("col.linked"), "number", "hint.linked"],
    [say("col.probability"), "number", "hint.convergence"], [say("col.reason"), "text", "hint.convergence_reason"], [say("col.outcome"), "text"],
  ];
  return section("convergence", el("p", { class: "quiet" }, say("convergence.how")),
    table(headings, DATA.convergence.slice(0, CONVERGENCE_SHOWN).map(convergenceRow), { class: "top stacked", isStacked: true }),
    convergenceRecord());
}
