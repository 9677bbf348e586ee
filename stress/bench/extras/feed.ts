import { join } from 'node:path';
import { table } from '../../report/table';
import type { Bench } from '../bench';
import type { System } from '../systems';
import { Besides } from './besides';
import { type Compared, compare, type Variant } from './compare';
import { serviceOf } from './serviceOf';

/** dist/stress/bench/extras -> dist/stress */
const WITHOUT_FEED = join(__dirname, '..', '..', 'preload', 'withoutFeed.js');
const FOLLOWERS = [1, 50] as const;

/** What the feed costs: compared with a service whose statements leave it out, and with readers that follow it. */
export async function measureFeed(bench: Bench): Promise<string> {
  const name = serviceOf(bench);
  const { accounts } = bench.options;
  const without = await bench.startSystem(name, { nodeArgs: ['--require', WITHOUT_FEED] });
  const system = await bench.startSystem(name);
  const load: Variant['load'] = (round, seconds) => bench.load('uniform-64', round, seconds);
  const followed = FOLLOWERS.map((followers) => {
    const besides = new Besides(system, { accounts, pages: 0, followers });
    const title = `${followers} ${followers === 1 ? 'follower' : 'followers'}`;
    return { title, besides };
  });
  const compared = await compare(bench, [
    { title: 'with the feed, none follows', system, load },
    { title: 'without the feed', system: without, load },
    ...followed.map(({ title, besides }) => ({ title, system, load, beside: besides.start })),
  ]);
  const served = ['0', '0', ...followed.map(({ besides }) => besides.perSecond()[1])];
  const kept = await sizeOf(bench, system);
  if ((await sizeOf(bench, without)).rows > 0) throw new Error('the service without the feed has written to it');
  for (const each of [system, without]) await each.stop();
  const head = ['', 'transfers/s', 'ratio', 'p50 ms', 'p99 ms', 'CPU ms a transfer', 'WAL KiB a transfer', 'events/s'];
  return [
    `### The feed (${name}, uniform, 64 connections)`,
    table(
      head,
      compared.map((each, index) => row(each, served[index] ?? '')),
    ),
    `A transfer writes ${kept.rows.toFixed(3)} rows of the feed, which it shares with all that are written by the same statement, and they take ${kept.bytes.toFixed(0)} bytes on disk with their index. Followers read streams, all events, in one process of their own. Without the feed: a patch of the compiled service, loaded with it, leaves the feed's part out of each statement.`,
  ].join('\n\n');
}

/** Bytes for each transfer. */
async function sizeOf({ database }: Bench, { databaseName }: System): Promise<{ rows: number; bytes: number }> {
  const [row] = await database.query<{ rows: number; bytes: number }>(
    databaseName,
    `select (select count(*) from feed)::float8 / greatest(1, count(*)) as rows,
            pg_total_relation_size('feed')::float8 / greatest(1, count(*)) as bytes from transactions`,
  );
  return row ?? { rows: 0, bytes: 0 };
}

function row({ title, rate, ratio, p50Ms, p99Ms, cpuMs, walKiB }: Compared, events: string): string[] {
  return [
    title,
    rate.toFixed(0),
    ratio.toFixed(2),
    p50Ms.toFixed(1),
    p99Ms.toFixed(1),
    cpuMs.toFixed(2),
    walKiB.toFixed(2),
    events,
  ];
}
