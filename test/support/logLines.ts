import { readFileSync } from 'node:fs';

export interface LoggedLine {
  readonly level: number;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** Warnings and worse: pino's numbers of the levels. */
export const WARN = 40;

/** What a process has logged so far; a line that is being written is left out, and so is what is no JSON. */
export function logLines(file: string): readonly LoggedLine[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .slice(0, -1)
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as LoggedLine);
}
