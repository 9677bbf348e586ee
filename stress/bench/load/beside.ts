import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { z } from 'zod';
import { endWithHarness } from '../../../test/kit/childProcess';
import { sleep } from '../../../test/kit/wait';
import type { Readers } from './readers';

const Counts = z.object({ answers: z.number(), events: z.number(), refused: z.number() });

export interface Reading {
  /** Answers and events each second. Throws when a reader was refused or got nothing. */
  stop(): Promise<{ readonly answersPerSecond: number; readonly eventsPerSecond: number }>;
}

/** The readers settle for this long before the measurement begins. */
const SETTLE_MS = 4000;

/** Starts readers of one service in a separate process. */
export async function startReaders(readers: Readers): Promise<Reading> {
  const child = spawn(process.execPath, [join(__dirname, 'readers.js'), JSON.stringify(readers)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  endWithHarness(child);
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString('utf8');
  });
  const startedAt = performance.now();
  await sleep(SETTLE_MS);
  return {
    stop: async () => {
      const seconds = (performance.now() - startedAt) / 1000;
      child.stdin.end();
      const [code] = (await once(child, 'close')) as [number | null];
      if (code !== 0) throw new Error(`the readers ended with ${code}`);
      const { answers, events, refused } = Counts.parse(JSON.parse(said));
      if (refused > 0 || answers + events === 0) throw new Error(`readers were not served: ${said}`);
      return { answersPerSecond: answers / seconds, eventsPerSecond: events / seconds };
    },
  };
}
