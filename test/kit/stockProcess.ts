import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ended, endWithHarness } from './childProcess';
import { REPOSITORY } from './startCommand';

const PROGRAM = join(REPOSITORY, 'examples', 'participant', 'stock.mjs');

export interface Edit {
  readonly from: string;
  readonly to: string;
}

/** The example participant as its own process, unchanged or with a bug planted in its source. */
export class StockProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {}

  static async start(
    databaseUrl: string,
    secret: string,
    edits: readonly Edit[] = [],
    port = 0,
  ): Promise<StockProcess> {
    const source = edits.reduce(edited, readFileSync(PROGRAM, 'utf8'));
    const args = edits.length === 0 ? [PROGRAM] : ['--input-type=module', '--eval', source];
    const child = spawn(process.execPath, args, {
      cwd: REPOSITORY,
      env: { ...process.env, DATABASE_URL: databaseUrl, SECRETS: secret, PORT: String(port) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    endWithHarness(child);
    return new StockProcess(child, await addressOf(child));
  }

  /** Stops the process where it is, in the middle of its work, until {@link resume}. */
  pause(): void {
    this.child.kill('SIGSTOP');
  }

  resume(): void {
    this.child.kill('SIGCONT');
  }

  async stop(): Promise<void> {
    this.child.kill('SIGKILL');
    await ended(this.child);
  }
}

/** Requires that each text to replace exists exactly once. A bug that was not planted would prove nothing. */
function edited(source: string, { from, to }: Edit): string {
  if (source.split(from).length !== 2) throw new Error(`not there once: ${from}`);
  return source.replace(from, () => to);
}

/** Reads the address from the service's output. If the service cannot start, its output becomes the error. */
function addressOf(child: ChildProcess): Promise<string> {
  let said = '';
  return new Promise((found, failed) => {
    const hear = (chunk: Buffer): void => {
      said += chunk.toString();
      const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(said) ?? [];
      if (url !== undefined) found(url);
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    child.once('exit', () => failed(new Error(`the stock service ended: ${said}`)));
  });
}
