import { readFileSync } from 'node:fs';

export interface LoggedLine {
  readonly level: number;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** pino's level number of warnings. */
export const WARN = 40;

/** The lines that a process has logged so far. Leaves out an incomplete line, and lines that are not JSON. */
export function logLines(file: string): readonly LoggedLine[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .slice(0, -1)
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as LoggedLine);
}
