import { accountIn, beside, type Process, type ProcessOptions, posting, processWith } from './bank';
import { BOOK, Stock } from './stock';

export const postings = [posting('a', 'b', 6n)];
export const query = { participants: [BOOK] };
export const order = { id: 't', query };

export function shop(options: ProcessOptions = {}) {
  const stock = new Stock();
  const process = processWith({ a: 10n, b: 0n }, { elsewhere: stock, ...options });
  /** Another process over the same database and the same service. */
  const other = (more: ProcessOptions = {}) => beside(process, { elsewhere: stock, ...options, ...more });
  return { process, stock, other };
}

/** What each statement of a process wrote. */
export const statements = (process: Process) =>
  process.appends.map(({ created, entries, moves }) => [
    ...created.map(({ status }) => status),
    ...moves.map(({ to }) => to),
    ...entries.map(({ kind }) => kind),
  ]);

export const money = (process: Process) =>
  ['a', 'b'].map((account) => {
    const { balance, held, incoming } = accountIn(process, account);
    return [balance, held, incoming];
  });
export const MOVED = [
  [4n, 0n, 0n],
  [6n, 0n, 0n],
];
export const PROMISED = [
  [10n, 6n, 0n],
  [0n, 0n, 6n],
];
export const UNTOUCHED = [
  [10n, 0n, 0n],
  [0n, 0n, 0n],
];

export async function drive(process: Process): Promise<void> {
  await process.drives.drive(['t'], { repeats: false });
}
