import { table } from '../../report/table';
import type { Bench } from '../bench';
import { ownGenerator } from '../load/own';
import { type Round, type RoundLoad, runRound } from '../round';
import { serviceOf } from './serviceOf';

/** The requests in flight that the service is configured to accept. There are ten times as many clients. */
const IN_FLIGHT_MAX = 256;
const CLIENTS = 10 * IN_FLIGHT_MAX;

/**
 * Ten times more clients than the service accepts. After a 503 they come back when `Retry-After` asks them to, as
 * clients should. The bench's own generator does so and times the 503 answers separately, so it makes all of
 * these loads.
 */
export async function measureOverload(bench: Bench): Promise<string> {
  const system = await bench.startSystem(serviceOf(bench), {
    serviceEnv: { REQUESTS_IN_FLIGHT_MAX: String(IN_FLIGHT_MAX) },
  });
  const generator = ownGenerator();
  const fits = (round: number, seconds?: number): RoundLoad => ({
    ...bench.load('uniform-256', round, seconds),
    connections: IN_FLIGHT_MAX,
  });
  await runRound(generator, system, fits(0, bench.options.warmupSeconds));
  const before = await runRound(generator, system, fits(1));
  // Waiting for the first answers takes more of a single second than of a longer load, and so does the start of the
  // generator. So the second after the overload is compared with this one.
  const secondBefore = await runRound(generator, system, fits(5, 1));
  const over = await runRound(generator, system, { ...fits(2), connections: CLIENTS }, { unavailable: true });
  // Starts at once: connecting takes a moment, so this second shows what the service does within a second after the
  // load's end.
  const after = await runRound(generator, system, fits(3, 1));
  const later = await runRound(generator, system, fits(4));
  await system.stop();
  const rows = [
    row(`before: ${IN_FLIGHT_MAX} clients`, before),
    row('a single second before', secondBefore),
    row(`overload: ${CLIENTS} clients`, over, refusals(over)),
    row('the first second after it', after),
    row('later', later),
  ];
  return `### Overload (REQUESTS_IN_FLIGHT_MAX ${IN_FLIGHT_MAX}; ${generator.name})\n\n${table(['load', 'transfers/s', 'p50 ms', 'p99 ms', ''], rows)}`;
}

function refusals({ results: [result] }: Round): string {
  if (!result) return '';
  const { unavailable, unavailableAtFirst = 0, unavailableAtFirstP99Ms = 0, unavailableLaterP99Ms = 0 } = result;
  const later = unavailable - unavailableAtFirst;
  return (
    `503 to ${unavailableAtFirst} of the ${CLIENTS} requests that are sent at once, p99 ${unavailableAtFirstP99Ms.toFixed(0)} ms; ` +
    `to ${later} later, p99 ${unavailableLaterP99Ms.toFixed(0)} ms`
  );
}

function row(title: string, { rate, p50Ms, p99Ms }: Round, note = ''): string[] {
  return [title, rate.toFixed(0), p50Ms.toFixed(0), p99Ms.toFixed(0), note];
}
