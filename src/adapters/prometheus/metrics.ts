import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { ParticipantStatus } from '../../engine/participants';
import type { WaitingCalls } from '../../engine/reads';
import {
  authorizationEnded,
  branchRetried,
  journalFlushed,
  swept,
  transactionMoved,
  webhookAttempted,
  workHandedOver,
} from '../../engine/telemetry';
import type { WebhookHealth } from '../../engine/webhooks/webhooks';
import { TalliedCounter, TalliedHistogram } from './tallies';

/** Values that are read when Prometheus scrapes, not counted all the time. */
export interface MetricSources {
  readonly actors: () => number;
  readonly mailboxes: () => number;
  readonly runsJobs: () => boolean;
  readonly hotPool: () => PoolUse;
  readonly readPool: () => PoolUse;
  /** Jobs by state. */
  readonly queue: () => Promise<Readonly<Record<string, number>>>;
  /** The dependencies of this process, and whether each is available now. */
  readonly checks: () => Promise<Readonly<Record<string, { readonly ok: boolean }>>>;
  /** Unfinished transactions by status, including failed ones, with the age of the oldest in seconds. */
  readonly pending: () => Promise<readonly { status: string; count: number; oldestSeconds: number }[]>;
  /** The participants, as this process sees them. */
  readonly participants: () => readonly Pick<ParticipantStatus, 'name' | 'reachable' | 'breaker'>[];
  /** Followers of the events in this process: streams and waiting requests. */
  readonly followers: () => number;
  /** How long the oldest unreadable change has waited, in seconds. */
  readonly feedLagSeconds: () => Promise<number>;
  readonly webhooks: () => Promise<WebhookHealth>;
  /** The calls that participants have not answered, in all transactions. */
  readonly waitingCalls: () => Promise<readonly Pick<WaitingCalls, 'participant' | 'count' | 'oldestSeconds'>[]>;
}

export interface PoolUse {
  readonly used: number;
  readonly free: number;
  readonly waiting: number;
}

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
/** Up to 12 hours: a service that was down overnight releases in the morning. */
const RELEASE_SECONDS = [0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800, 7_200, 43_200];
const ROWS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000];

/**
 * The metrics for Prometheus. Every label has a bounded set of values: routes are templates, reasons are kinds, and no
 * label names an account, a transfer or a caller.
 */
export class Metrics {
  private readonly registry = new Registry();
  private readonly ends: (() => void)[] = [];
  private readonly looks: (() => Promise<void>)[] = [];
  private readonly requests = this.counter('http_requests_total', 'Requests by route and status', [
    'method',
    'route',
    'status',
  ]);
  private readonly requestSeconds = this.histogram(
    'http_request_seconds',
    'Time to answer a request',
    ['route'],
    SECONDS,
  );

  constructor(private readonly sources: MetricSources) {
    collectDefaultMetrics({ register: this.registry });
    this.watchTransactions();
    this.watchAuthorizations();
    this.watchParticipants();
    this.watchWrites();
    this.watchEvents();
    this.watchWebhooks();
    this.watchProcess();
  }

  /** Counts one answered request; `route` is its template, or undefined if no route matched. */
  request(method: string, route: string | undefined, status: number, ms: number): void {
    const known = KNOWN_METHODS.has(method) ? method : 'other';
    this.requests.inc(known, route ?? 'none', status);
    this.requestSeconds.observe(ms / 1000, route ?? 'none');
  }

  async render(): Promise<{ readonly contentType: string; readonly text: string }> {
    await Promise.all(this.looks.map((look) => look()));
    return { contentType: this.registry.contentType, text: await this.registry.metrics() };
  }

  stop(): void {
    for (const end of this.ends) end();
    this.registry.clear();
  }

  private watchTransactions(): void {
    const finished = this.counter('transfers_total', 'Transfers that ended here, by outcome and reason', [
      'outcome',
      'reason',
    ]);
    const phases = this.histogram(
      'transfer_phase_seconds',
      'Time that a transfer was in a status before it left it; a status that it left in the statement that created it is not counted',
      ['phase'],
      SECONDS,
    );
    const retries = this.counter('branch_retries_total', 'Calls to a branch that are repeated', ['call', 'cause']);
    const resumed = new Counter({
      name: `${PREFIX}sweep_resumed_total`,
      help: 'Transfers that a sweep resumed',
      registers: [this.registry],
    });
    const sweeps = new Counter({
      name: `${PREFIX}sweeps_total`,
      help: 'Sweeps that this process ran',
      registers: [this.registry],
    });
    this.ends.push(
      transactionMoved.listen(({ from, to, reason, phaseMs }) => {
        if (phaseMs !== undefined) phases.observe(phaseMs / 1000, from);
        if (!PENDING.includes(to)) finished.inc(to, reasonLabel(reason));
      }),
      branchRetried.listen(({ call, cause }) => retries.inc(call, cause)),
      swept.listen((sweep) => {
        sweeps.inc();
        resumed.inc(sweep.resumed);
      }),
    );
    const count = this.gauge('transfers_pending', 'Transfers that are not final', ['status']);
    const oldest = this.gauge('transfers_pending_oldest_seconds', 'Age of the oldest transfer that is not final', [
      'status',
    ]);
    const failed = this.gauge('transfers_failed', 'Transfers that stopped on an error and wait for an operator', []);
    this.look([count, oldest, failed], async () => {
      const pending = new Map((await this.sources.pending()).map((row) => [row.status, row]));
      for (const status of PENDING) {
        count.set({ status }, pending.get(status)?.count ?? 0);
        oldest.set({ status }, pending.get(status)?.oldestSeconds ?? 0);
      }
      failed.set(pending.get('failed')?.count ?? 0);
    });
  }

  private watchAuthorizations(): void {
    const ended = this.counter(
      'authorizations_ended_total',
      'Authorizations that ended here: captured, voided or expired',
      ['how'],
    );
    const lag = this.histogram(
      'authorization_release_lag_seconds',
      'Time from the expiry of an authorization to the decision that releases it',
      [],
      RELEASE_SECONDS,
    );
    this.ends.push(
      authorizationEnded.listen((end) => {
        ended.inc(end.how);
        if (end.how === 'expired') lag.observe(end.lagMs / 1000);
      }),
    );
  }

  /** Names come from the settings: they are bounded, and no caller's. */
  private watchParticipants(): void {
    const names = ['participant'] as const;
    const up = this.gauge(
      'participant_reachable',
      'Whether the last call of this process to it was answered, by other than a 5xx or 429',
      names,
    );
    const open = this.gauge('participant_breaker_open', 'Whether this process sends it no calls for now', names);
    this.look([up, open], () => {
      for (const { name, reachable, breaker } of this.sources.participants()) {
        if (reachable !== undefined) up.set({ participant: name }, reachable ? 1 : 0);
        open.set({ participant: name }, breaker === 'open' ? 1 : 0);
      }
    });
    const waiting = this.gauge('branches_waiting', 'Branches of transfers that wait to be asked again', names);
    const oldest = this.gauge('branches_waiting_oldest_seconds', 'How long the oldest of them has waited', names);
    this.look([waiting, oldest], async () => {
      const calls = await this.sources.waitingCalls();
      for (const gauge of [waiting, oldest]) gauge.reset();
      for (const { name } of this.sources.participants()) waiting.set({ participant: name }, 0);
      for (const { participant, count, oldestSeconds } of calls) {
        waiting.set({ participant }, count);
        oldest.set({ participant }, oldestSeconds);
      }
    });
  }

  private watchWrites(): void {
    const rows = this.histogram('journal_statement_rows', 'Rows of one statement that writes', [], ROWS);
    const seconds = this.histogram(
      'journal_statement_seconds',
      'Time of one statement that writes, by what became of it: written, conflict, held, blocked, failed',
      ['outcome'],
      SECONDS,
    );
    this.ends.push(
      journalFlushed.listen((flush) => {
        rows.observe(flush.rows);
        seconds.observe(flush.ms / 1000, flush.outcome);
      }),
    );
  }

  private watchEvents(): void {
    const { followers, feedLagSeconds } = this.sources;
    const following = this.gauge('event_followers', 'Streams of events and requests that wait for one', []);
    this.look([following], () => following.set(followers()));
    const lag = this.gauge('feed_lag_seconds', 'How long the oldest change has waited that cannot be told yet', []);
    this.look([lag], async () => lag.set(await feedLagSeconds()));
  }

  private watchWebhooks(): void {
    const attempts = this.counter(
      'webhook_attempts_total',
      'Attempts of this process to deliver an event to a webhook, by what became of it: delivered, failed',
      ['result'],
    );
    this.ends.push(webhookAttempted.listen(({ result }) => attempts.inc(result)));
    const count = this.gauge('webhooks', 'Webhooks that are enabled, and that are disabled', ['state']);
    const pending = this.gauge('webhook_pending', 'Deliveries to enabled webhooks that are to be made', []);
    const oldest = this.gauge(
      'webhook_oldest_seconds',
      'How long the oldest event has waited that an enabled webhook is to be told of',
      [],
    );
    this.look([count, pending, oldest], async () => {
      const health = await this.sources.webhooks();
      count.set({ state: 'enabled' }, health.enabled);
      count.set({ state: 'disabled' }, health.disabled);
      pending.set(health.pending);
      oldest.set(health.oldestSeconds);
    });
  }

  private watchProcess(): void {
    const { actors, mailboxes, runsJobs, hotPool, readPool, queue, checks } = this.sources;
    const live = this.gauge('account_actors', 'Account actors in memory', []);
    const unanswered = this.gauge('mailbox_messages', 'Commands of accounts that are not answered yet', []);
    const runs = this.gauge('runs_jobs', 'Whether this process runs the jobs of the coordinator', []);
    const handedOver = this.counter(
      'handed_over_total',
      'New transfers and commands to accounts that this process handed over to the one that leads, by what became of it: answered, declined, failed, lost',
      ['result'],
    );
    this.ends.push(workHandedOver.listen(({ result }) => handedOver.inc(result)));
    const pools = this.gauge('pool_connections', 'Connections to PostgreSQL, and callers that wait for one', [
      'pool',
      'state',
    ]);
    this.look([live, unanswered, runs, pools], () => {
      live.set(actors());
      unanswered.set(mailboxes());
      runs.set(runsJobs() ? 1 : 0);
      for (const [pool, use] of Object.entries({ hot: hotPool(), reads: readPool() })) {
        for (const [state, value] of Object.entries(use)) pools.set({ pool, state }, Number(value));
      }
    });
    const ready = this.gauge('ready', 'Whether what this process needs is there: 1 or 0', ['check']);
    this.look([ready], async () => {
      for (const [check, { ok }] of Object.entries(await checks())) ready.set({ check }, ok ? 1 : 0);
    });
    const jobs = this.gauge('queue_jobs', 'Jobs of the coordinator by state', ['state']);
    this.look([jobs], async () => {
      for (const [state, value] of Object.entries(await queue())) jobs.set({ state }, value);
    });
  }

  private counter(name: string, help: string, labelNames: readonly string[]): TalliedCounter {
    return new TalliedCounter({ name: PREFIX + name, help, labelNames }, this.registry);
  }

  private histogram(name: string, help: string, labelNames: readonly string[], buckets: number[]): TalliedHistogram {
    return new TalliedHistogram({ name: PREFIX + name, help, labelNames }, buckets, this.registry);
  }

  private gauge<Label extends string>(name: string, help: string, labelNames: readonly Label[]): Gauge<Label> {
    return new Gauge({ name: PREFIX + name, help, labelNames: [...labelNames], registers: [this.registry] });
  }

  /** Reads the values at each scrape. The scrape still succeeds if a value cannot be read; that value is missing. */
  private look(gauges: readonly Gauge[], collect: () => void | Promise<void>): void {
    this.looks.push(async () => {
      try {
        await collect();
      } catch {
        // The database or the queue is away. The adapter that uses it has logged that.
        for (const gauge of gauges) forget(gauge);
      }
    });
  }
}

/**
 * Removes the value of a gauge. Resetting a gauge without labels would set it to 0, which reads like a measured value.
 */
function forget(gauge: Gauge): void {
  gauge.reset();
  gauge.remove({});
}

const PREFIX = 'tandem_';
const PENDING = ['preparing', 'authorized', 'committing', 'aborting'];
const KNOWN_METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

interface ReasonLike {
  readonly kind?: unknown;
  readonly reasons?: readonly { readonly reason?: ReasonLike }[];
}

/** `timeout`, `client`, or the kind of the first branch's refusal. */
function reasonLabel(reason: unknown): string {
  if (typeof reason !== 'object' || reason === null) return 'none';
  const { kind, reasons } = reason as ReasonLike;
  const told = reasons?.[0]?.reason?.kind ?? kind;
  return typeof told === 'string' ? told : 'none';
}
