import type { MarketResult } from '../elsewhere/runMarket';
import { table } from './table';

/** Two Tandems and a stock service: the outcomes of the orders, and of the calls between the services. */
export function elsewhereTable(markets: readonly MarketResult[]): string {
  const calls = [...new Set(markets.flatMap((market) => Object.keys(market.calls)))];
  const head = [
    'seed',
    'seconds',
    'orders',
    'committed',
    'aborted',
    'SIGKILLs',
    'pauses',
    ...calls.map(callName),
    'checks',
    'violations',
  ];
  const rows = markets.map((market) => [
    market.seed,
    market.seconds,
    market.orders,
    market.committed,
    market.aborted,
    market.kills,
    market.pauses,
    ...calls.map((fault) => market.calls[fault] ?? 0),
    market.evaluations,
    market.violations.length,
  ]);
  const violations = markets.flatMap(({ seed, violations }) =>
    violations.map(({ invariant, detail }) => `- seed ${seed}, ${invariant}: ${detail}`),
  );
  return [table(head, rows), ...violations].join('\n');
}

const callName = (fault: string): string => (fault === 'none' ? 'calls that passed' : `calls ${fault}`);
