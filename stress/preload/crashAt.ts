import { subscribe } from 'node:diagnostics_channel';
import { writeSync } from 'node:fs';

/**
 * Loaded before the service (`node --require`). At the n-th hit of a named crash point it reports to the supervisor
 * over file descriptor 3. Then it kills or stops its own process, before the next line of the service runs.
 */
const point = process.env['STRESS_CRASH_POINT'];
const action = process.env['STRESS_CRASH_ACTION'];
const hitWanted = Number(process.env['STRESS_CRASH_HIT'] ?? '1');
const REPORT_FD = 3;

let hits = 0;

function reached(message: unknown): void {
  const { name, transactionId } = message as { name: string; transactionId?: string };
  if (name !== point) return;
  hits += 1;
  if (hits !== hitWanted) return;
  writeSync(REPORT_FD, `${JSON.stringify({ event: 'crash-point', name, transactionId, action })}\n`);
  process.kill(process.pid, action === 'stop' ? 'SIGSTOP' : 'SIGKILL');
  // The signal may reach another thread first. This thread must not go on until the signal stops it.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
}

if (point) subscribe('tandem:crash-point', reached);
