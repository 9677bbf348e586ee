import type { Finding, Report } from './check';

const MARKS: Readonly<Record<Finding['kind'], string>> = { held: 'held', broken: 'BROKEN', skipped: 'skipped' };

/** The report as lines of text for people. */
export function tableOf(report: Report): readonly string[] {
  if (report.kind === 'not-checked') return [`Nothing was checked: ${report.why}`];
  const width = Math.max(...report.results.map(({ rule }) => rule.name.length));
  const rows = report.results.flatMap(({ rule, finding }) => {
    const row = `${MARKS[finding.kind].padEnd(8)} ${rule.name.padEnd(width)}  ${rule.says}`;
    const more = finding.kind === 'broken' ? finding.seen : finding.kind === 'skipped' ? finding.why : undefined;
    return more === undefined ? [row] : [row, `${' '.repeat(9 + width)}  ${more}`];
  });
  return [...rows, '', ...summaryOf(report)];
}

function summaryOf({ results, committed, troubles, left }: Extract<Report, { kind: 'checked' }>): readonly string[] {
  const count = (kind: Finding['kind']) => results.filter(({ finding }) => finding.kind === kind).length;
  const lines = [
    `${count('held')} rules held, ${count('broken')} broken, ${count('skipped')} not checked.`,
    `${committed} branches were committed. What only your books can tell: the payload counts ${committed} times in them, and nothing is reserved.`,
  ];
  if (left > 0) lines.push(`${left} branches may still be prepared: their abort was not answered 200.`);
  if (troubles > 0)
    lines.push(`${troubles} answers were 5xx, 429 or none at all; the call was made again, as the coordinator does.`);
  return lines;
}
