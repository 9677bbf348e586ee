import { z } from 'zod';

/**
 * `transfers` are posted by path and without a key, and so are `deposits` to the hot account. `balances` are read. The
 * others have a key for each request: `postings` is one transfer with several postings, `two-steps` authorizes and
 * captures in a second request, `batch` is several transfers in one request.
 */
export type Workload = 'transfers' | 'deposits' | 'balances' | 'postings' | 'two-steps' | 'batch';

/** What one round sends to one port. The accounts are a1, a2, …; in `hot` loads, the account `hot` takes part in everything. */
export interface Load {
  readonly port: number;
  /** The requests. wrk knows transfers and balances; the others need the bench's own generator. */
  readonly what: Workload;
  /** Postings of a transfer, or transfers of a batch. */
  readonly size?: number;
  readonly shape: 'uniform' | 'hot';
  readonly accounts: number;
  readonly connections: number;
  readonly seconds: number;
  readonly seed: number;
  /** Requests each second, evenly spaced, with the latency counted from the sending. If undefined, each connection sends again at once. */
  readonly perSecond?: number;
  /** Sent with transfers, by the bench's own generator only. */
  readonly token?: string;
}

export const LoadResultSchema = z.object({
  sent: z.number(),
  answered: z.number(),
  /** Answers 200 with the requested result (a committed transfer, a balance): all of them, and those within the seconds of the load. */
  accepted: z.number(),
  inTime: z.number(),
  /** Answers 503. */
  unavailable: z.number(),
  other: z.number(),
  firstOther: z.string(),
  p50Ms: z.number(),
  p99Ms: z.number(),
  maxMs: z.number(),
  socketErrors: z.number(),
  /** The 503 answers to the first requests of all connections, which are sent at once. Only the bench's own generator tells them apart. */
  unavailableAtFirst: z.number().optional(),
  unavailableAtFirstP99Ms: z.number().optional(),
  /** The p99 of the 503 answers to all later requests. */
  unavailableLaterP99Ms: z.number().optional(),
});

export type LoadResult = z.infer<typeof LoadResultSchema>;

export interface LoadGenerator {
  readonly name: string;
  /** Resolves when every request that was sent has its answer. */
  run(load: Load): Promise<LoadResult>;
}
