import { z } from 'zod';

/** What one round asks of one port. Accounts are a1, a2, …; in `hot` the account of that name has a part in everything. */
export interface Load {
  readonly port: number;
  /** Transfers, or reads of balances. */
  readonly what: 'transfers' | 'balances';
  readonly shape: 'uniform' | 'hot';
  readonly accounts: number;
  readonly connections: number;
  readonly seconds: number;
  readonly seed: number;
  /** Requests a second, evenly spaced, latency counted from the sending; without it each connection sends again at once. */
  readonly perSecond?: number;
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
