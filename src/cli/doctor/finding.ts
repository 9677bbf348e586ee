/** What doctor found about one subject. `todo` says what to do about it, and is set unless all is well. */
export type Finding =
  | { readonly level: 'ok'; readonly of: string; readonly says: string }
  /** `advice`: it works, but may not be what the operator wants. `wrong`: money, durability or the start is at risk. */
  | { readonly level: 'advice' | 'wrong'; readonly of: string; readonly says: string; readonly todo: string };

/** Findings about one part of the service. */
export interface Findings {
  readonly ok: (says: string) => Finding;
  readonly advice: (says: string, todo: string) => Finding;
  readonly wrong: (says: string, todo: string) => Finding;
}

export function findingsOf(of: string): Findings {
  return {
    ok: (says) => ({ level: 'ok', of, says }),
    advice: (says, todo) => ({ level: 'advice', of, says, todo }),
    wrong: (says, todo) => ({ level: 'wrong', of, says, todo }),
  };
}

/** One line for each finding, followed by what to do. The counts come last. */
export function linesOf(findings: readonly Finding[]): string[] {
  const lines = findings.flatMap((finding) => {
    const line = `${finding.level.padEnd(7)} ${finding.of.padEnd(9)} ${finding.says}`;
    return finding.level === 'ok' ? [line] : [line, `${' '.repeat(18)}> ${finding.todo}`];
  });
  const count = (level: Finding['level']) => findings.filter((finding) => finding.level === level).length;
  return [...lines, `${count('wrong')} wrong, ${count('advice')} to consider, ${count('ok')} well.`];
}

/** The message of an error, on one line. */
export function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replaceAll(/\s*\n\s*/g, ' ');
}
