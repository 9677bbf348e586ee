import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem, type } from 'node:os';
import { dirname } from 'node:path';
import { render } from './render';
import { type SuiteResult, type Verdict, verdictOf } from './suiteResult';

const GIB = 2 ** 30;

/** Prints the page, keeps it where asked (with the numbers beside it as JSON), and says whether everything held. */
export function publish(suite: SuiteResult, file: string | undefined): Verdict {
  const page = render(suite);
  process.stdout.write(`\n${page}`);
  if (file !== undefined) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, page);
  }
  return verdictOf(suite);
}

export function machine(): string {
  const [cpu] = cpus();
  return `${cpus().length} cores (${cpu?.model.trim() ?? 'unknown'}), ${Math.round(totalmem() / GIB)} GiB, ${type()} ${release()}`;
}
