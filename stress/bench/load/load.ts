import { z } from 'zod';

/**
 * `transfers` by their path and without a key; `deposits` to the hot account likewise; `balances` are read; each with a key of its own: `postings`, one transfer
 * of several; `two-steps`, authorized and captured in a second request; `batch`, several transfers in one request.
 */
export type Workload = 'transfers' | 'deposits' | 'balances' | 'postings' | 'two-steps' | 'batch';

/** What one round asks of one port. Accounts are a1, a2, …; in `hot` the account of that name has a part in everything. */
export interface Load {
  readonly port: number;
  /** What is sent; wrk knows transfers and balances, the others need the own generator. */
  readonly what: Workload;
  /** Postings of a transfer, or transfers of a batch. */
  readonly size?: number;
  readonly shape: 'uniform' | 'hot';
  readonly accounts: number;
  readonly connections: number;
  readonly seconds: number;
  readonly seed: number;
  /** Requests a second, evenly spaced, latency counted from the sending; without it each connection sends again at once. */
  readonly perSecond?: number;
  /** Sent with transfers, by the own generator alone. */
  readonly token?: string;
}

export const LoadResultSchema = z.object({
  sent: z.number(),
  answered: z.number(),
  /** 200 that says what was asked for (a committed transfer, a balance); all of them, and those within the seconds of the load. */
  accepted: z.number(),
  inTime: z.number(),
  /** 503. */
  unavailable: z.number(),
  other: z.number(),
  firstOther: z.string(),
  p50Ms: z.number(),
  p99Ms: z.number(),
  maxMs: z.number(),
  socketErrors: z.number(),
  /** Of the 503 alone; the own generator tells it. */
  unavailableP99Ms: z.number().optional(),
});

export type LoadResult = z.infer<typeof LoadResultSchema>;

export interface LoadGenerator {
  readonly name: string;
  /** Resolves when every request that was sent has its answer. */
  run(load: Load): Promise<LoadResult>;
}
