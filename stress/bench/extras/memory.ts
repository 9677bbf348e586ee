import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { table } from '../../report/table';
import type { Bench } from '../bench';
import { runRound } from '../round';
import { serviceOf } from './serviceOf';

const ACTOR_IDLE_MS = 1_000;
/** The service looks for idle actors every eighth of their idle time. The rest gives V8 as much time again to release memory. */
const REST_MS = 5 * ACTOR_IDLE_MS;
const CYCLES = 4;

/** Starts and passivates actors by the ten thousand. Measures how much memory of the process remains after each cycle. */
export async function measureMemory(bench: Bench): Promise<string> {
  const name = serviceOf(bench);
  const accounts = bench.options.quick ? 20_000 : 200_000;
  const system = await bench.startSystem(name, {
    accounts,
    serviceEnv: { ACTOR_IDLE_MS: String(ACTOR_IDLE_MS) },
    nodeArgs: ['--expose-gc', '--require', require.resolve('./collectGarbage')],
  });
  const pid = system.processes[0]?.pid ?? 0;
  const rows = [['at the start', '', rssMib(pid), await restedMib(pid)]];
  let transfers = 0;
  for (let cycle = 1; cycle <= CYCLES; cycle += 1) {
    const { committed } = await runRound(bench.generator, system, { ...bench.load('uniform-256', cycle), accounts });
    transfers += committed;
    const busy = rssMib(pid);
    await sleep(REST_MS);
    rows.push([`cycle ${cycle}`, String(transfers), busy, await restedMib(pid)]);
  }
  await system.stop();
  const head = ['', 'transfers so far', 'resident MiB under load', 'resident MiB at rest, garbage collected'];
  return `### Memory (${name}, ${accounts} accounts, ACTOR_IDLE_MS ${ACTOR_IDLE_MS})\n\n${table(head, rows)}`;
}

async function restedMib(pid: number): Promise<string> {
  process.kill(pid, 'SIGUSR2');
  await sleep(500);
  return rssMib(pid);
}

function rssMib(pid: number): string {
  const kib = Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  return (kib / 1024).toFixed(0);
}
