import { table } from '../../report/table';
import type { Bench } from '../bench';
import { ownGenerator } from '../load/own';
import { Besides } from './besides';
import { type Compared, compare, type Variant } from './compare';
import { serviceOf } from './serviceOf';

const PAGES = 50;
/** Only operators may read what the Live page reads. With a token for operators configured, every request needs one. */
const TOKEN = 'token-of-the-bench';

/**
 * What open console pages cost the clients that transfer: at the maximum rate, and at half of that rate, evenly spaced,
 * for their latency. Half of the pages show accounts, a quarter show Live, and a quarter show the first page.
 */
export async function measurePages(bench: Bench): Promise<string> {
  const name = serviceOf(bench);
  const system = await bench.startSystem(name, { serviceEnv: { AUTH_TOKENS: `${TOKEN}=bench:admin` } });
  const generator = ownGenerator();
  const { accounts } = bench.options;
  const measure = async (what: string, perSecond?: number): Promise<{ first: Compared; rows: string[][] }> => {
    const pages = new Besides(system, { accounts, pages: PAGES, followers: 0, token: TOKEN });
    const load: Variant['load'] = (round, seconds) => ({
      ...bench.load('uniform-64', round, seconds),
      token: TOKEN,
      ...(perSecond !== undefined && { perSecond }),
    });
    const [without, beside] = await compare(
      bench,
      [
        { title: 'no page', system, load },
        { title: `${PAGES} pages`, system, load, beside: pages.start },
      ],
      generator,
    );
    if (!without || !beside) throw new Error('nothing was compared');
    return { first: without, rows: [row(what, without, '0'), row(what, beside, pages.perSecond()[0])] };
  };
  const most = await measure('the most');
  const half = await measure('half of the most', Math.round(most.first.rate / 2));
  await system.stop();
  const head = ['load', '', 'transfers/s', 'ratio', 'p50 ms', 'p99 ms', 'CPU ms a transfer', 'answers/s'];
  return [
    `### ${PAGES} open pages of the console (${name}, uniform, 64 connections; ${generator.name})`,
    table(head, [...most.rows, ...half.rows]),
    `The pages are plain HTTP readers in a process of their own, with the requests that visible pages make: ${PAGES / 2} of accounts that the transfers change, and as many in all of Live and of the first page. They were opened some seconds before each round, and no browser draws them. The CPU time of the service for them is counted to the transfers.`,
  ].join('\n\n');
}

function row(what: string, { title, rate, ratio, p50Ms, p99Ms, cpuMs }: Compared, served: string): string[] {
  return [what, title, rate.toFixed(0), ratio.toFixed(2), p50Ms.toFixed(1), p99Ms.toFixed(1), cpuMs.toFixed(2), served];
}
