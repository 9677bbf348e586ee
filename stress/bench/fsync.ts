import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { percentile } from './load/percentile';

const TIMES = 100;
const BLOCK = Buffer.alloc(8192, 1);

/** Milliseconds to make 8 KiB durable on the disk of the bench's databases: p50 and p99. */
export function fsyncMs(): { p50: number; p99: number } {
  const directory = mkdtempSync(join(tmpdir(), 'tandem-bench-fsync-'));
  try {
    const file = openSync(join(directory, 'file'), 'w');
    const took: number[] = [];
    for (let time = 0; time < TIMES; time += 1) {
      const started = performance.now();
      writeSync(file, BLOCK, 0, BLOCK.length, (time % 16) * BLOCK.length);
      fdatasyncSync(file);
      took.push(performance.now() - started);
    }
    closeSync(file);
    return { p50: percentile(took, 50), p99: percentile(took, 99) };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
