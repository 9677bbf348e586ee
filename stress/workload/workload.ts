import type { Findings } from '../audit/invariants';
import { sleep } from '../infra/wait';
import type { Random } from '../random';
import type { Generator } from './generator';
import { type Call, HttpClient, type Reply } from './http';
import type { Model, OperationRecord } from './model';
import { callOf, type Operation, otherRequestSameKey } from './operation';
import { type Meaning, meaningOfGet, meaningOfPost } from './outcome';

/** Longer than HTTP_WAIT_MS of the service: when it passes, the service really did not answer. */
const CALL_TIMEOUT_MS = 4000;
const PAUSE_MAX_MS = 1000;
const POLL_MS = 500;

/** The service processes as a client sees them. */
export interface Fleet {
  readonly processes: readonly { readonly settings: { readonly port: number } }[];
  /** Indexes of the processes that requests may go to. */
  targets(): number[];
  timedOut(index: number): void;
  /** A request sent then has committed. */
  committed(index: number, sentAtMs: number): void;
}

export interface WorkloadOptions {
  readonly clients: number;
  /** Name of the part of the run in which an operation begins, for the latency table. */
  readonly phase: () => string;
  /** Operations begun in a second by all clients together; as many as they can when undefined. */
  readonly perSecond?: number;
  readonly callTimeoutMs?: number;
}

/** Clients in a closed loop, each with one operation at a time, repeated with its key until its outcome is known. */
export class Workload {
  private readonly https: readonly HttpClient[];
  private ending = false;
  private giveUpAtMs = Number.POSITIVE_INFINITY;

  constructor(
    private readonly model: Model,
    private readonly findings: Findings,
    private readonly fleet: Fleet,
    private readonly random: Random,
    private readonly options: WorkloadOptions,
  ) {
    this.https = fleet.processes.map(
      ({ settings }) => new HttpClient(settings.port, options.callTimeoutMs ?? CALL_TIMEOUT_MS),
    );
  }

  /** Opens the accounts and pays in what the scenario says. */
  async open(generator: Generator): Promise<void> {
    const waiting = [...generator.accounts.entries()];
    await this.parallel(async () => {
      for (let next = waiting.pop(); next; next = waiting.pop()) {
        const [index, { id, deposit }] = next;
        await this.openAccount(id);
        if (deposit > 0) {
          await this.perform({ kind: 'deposit', key: `open-${index}`, copies: 1, account: id, amount: deposit });
        }
      }
    });
  }

  /** Resolves when every operation begun has a known outcome, or `giveUp` has ended the waiting. */
  async run(generator: Generator): Promise<void> {
    await this.parallel(async () => {
      while (!this.ending) {
        const operation = generator.next();
        if (!operation) return;
        await this.perform(operation);
        const { clients, perSecond } = this.options;
        if (perSecond !== undefined) await sleep(((2 * clients) / perSecond) * 1000 * this.random.next());
      }
    });
  }

  /** One operation, until its outcome is known. */
  one(operation: Operation): Promise<void> {
    return this.perform(operation);
  }

  /** No new operations; those begun are repeated until known, at most for `withinMs`. */
  end(withinMs: number): void {
    this.ending = true;
    this.giveUpAtMs = Math.min(this.giveUpAtMs, Date.now() + withinMs);
  }

  /** Sends known operations again: each must get its first answer, and nothing may happen. */
  async replay(records: readonly OperationRecord[]): Promise<void> {
    const waiting = [...records];
    this.giveUpAtMs = Date.now() + 60_000;
    await this.parallel(async () => {
      for (let record = waiting.pop(); record; record = waiting.pop()) {
        await this.deliver(record, 'repeated after the end');
      }
    });
  }

  /** One GET on any process, repeated until it is answered. */
  async read(path: string): Promise<Extract<Reply, { kind: 'answer' }>> {
    for (;;) {
      const reply = await this.call(await this.target(), { method: 'GET', path });
      if (reply.kind === 'answer') return reply;
      await sleep(50);
    }
  }

  close(): void {
    for (const http of this.https) http.close();
  }

  private async parallel(client: () => Promise<void>): Promise<void> {
    await Promise.all(Array.from({ length: this.options.clients }, client));
  }

  private async perform(operation: Operation): Promise<void> {
    const phase = this.options.phase();
    const record = this.model.begin(operation);
    this.model.inFlight += 1;
    if (operation.copies > 1) this.model.extraDeliveries.add('concurrent duplicates', operation.copies - 1);
    await Promise.all(Array.from({ length: operation.copies }, () => this.deliver(record, phase)));
    this.model.inFlight -= 1;
    if (!record.outcome || this.ending) return;
    if (this.random.chance(0.02)) {
      this.model.extraDeliveries.add('repeated later');
      await this.deliver(record, phase);
    }
    if (this.random.chance(0.01)) await this.misuse(operation);
    if (this.random.chance(0.02)) await this.readBalance(operation);
  }

  /** Sends the request until its own answer is final. */
  private async deliver(record: OperationRecord, phase: string): Promise<void> {
    const { operation } = record;
    let call = callOf(operation);
    for (let failures = 0; Date.now() < this.giveUpAtMs; ) {
      const index = await this.target();
      const sentAtMs = Date.now();
      const reply = await this.call(index, call);
      if (reply.kind !== 'answer') {
        if (reply.kind === 'unknown') this.model.unknown(record, reply);
        if (reply.kind === 'unknown' && reply.cause === 'timeout') this.fleet.timedOut(index);
        await this.pause(failures);
        failures += 1;
        continue;
      }
      const meaning = call.method === 'POST' ? meaningOfPost(reply) : meaningOfGet(reply);
      if (this.understood(record, meaning, reply, phase)) {
        if (record.outcome?.kind === 'applied' && call.method === 'POST' && !reply.replayed) {
          this.fleet.committed(index, sentAtMs);
        }
        return;
      }
      call = await this.whilePending(record, call);
    }
    this.findings.violated('resolved', `${operation.key} got no final answer although nothing was broken any more`);
  }

  /** Whether the answer ends this delivery. */
  private understood(
    record: OperationRecord,
    meaning: Meaning,
    reply: Extract<Reply, { kind: 'answer' }>,
    phase: string,
  ): boolean {
    switch (meaning.kind) {
      case 'known':
        this.findings.held('contract');
        this.model.learned(record, meaning, reply.replayed, phase);
        return true;
      case 'pending':
        this.model.learnId(record, meaning.transferId);
        return false;
      case 'unexpected':
        this.findings.violated('contract', `${record.operation.key}: ${meaning.detail}`);
        return true;
    }
  }

  /** A transfer is under way: maybe abort it, then look it up or repeat the request, whichever comes. */
  private async whilePending(record: OperationRecord, last: Call): Promise<Call> {
    const { operation, transferId } = record;
    if (operation.kind !== 'transfer' || transferId === undefined) return last;
    if (operation.aborts && record.abort === undefined) await this.abort(record, transferId);
    // Hundreds of clients may wait for what a killed process left behind: they must not be what keeps the service busy.
    await sleep(POLL_MS * (0.5 + this.random.next()));
    const lookUp = this.random.chance(0.5);
    const waiting: Operation = operation.style === 'async' ? { ...operation, style: 'body' } : operation;
    return lookUp ? { method: 'GET', path: `/transfers/${transferId}` } : callOf(waiting);
  }

  private async abort(record: OperationRecord, transferId: string): Promise<void> {
    const body = { reason: 'changed my mind' };
    const reply = await this.call(await this.target(), {
      method: 'POST',
      path: `/transfers/${transferId}/abort`,
      body,
    });
    if (reply.kind !== 'answer') return;
    if (reply.status === 202) this.model.abortAnswered(record, 'accepted');
    else if (reply.status === 409) this.model.abortAnswered(record, 'too-late');
    else this.findings.violated('contract', `abort answered ${reply.status} ${JSON.stringify(reply.body)}`);
  }

  private async misuse(operation: Operation): Promise<void> {
    const reply = await this.call(await this.target(), otherRequestSameKey(operation));
    if (reply.kind !== 'answer') return;
    this.model.extraDeliveries.add('same key, other request');
    const code = (reply.body as { code?: string }).code;
    this.findings.check('idempotent', reply.status === 422 && code === 'idempotency-key-reused', () => {
      return `${operation.key}: the key with another request answered ${reply.status} ${JSON.stringify(reply.body)}`;
    });
  }

  private async readBalance(operation: Operation): Promise<void> {
    const account = operation.kind === 'transfer' ? operation.origin : operation.account;
    const reply = await this.call(await this.target(), { method: 'GET', path: `/account/${account}/balance` });
    if (reply.kind !== 'answer') return;
    const { balance, held, available } = reply.body as { balance: number; held: number; available: number };
    const holds = held >= 0 && held <= balance && available === balance - held;
    this.findings.check('bounds', holds, () => `GET balance of ${account}: ${JSON.stringify(reply.body)}`);
  }

  private async openAccount(id: string): Promise<void> {
    for (let failures = 0; ; failures += 1) {
      const reply = await this.call(await this.target(), { method: 'POST', path: `/account/${id}` });
      // A repeated attempt may find that the first one did it.
      if (reply.kind === 'answer' && (reply.status === 201 || reply.status === 409)) return;
      if (reply.kind === 'answer') throw new Error(`opening ${id}: ${reply.status} ${JSON.stringify(reply.body)}`);
      await this.pause(failures);
    }
  }

  private async target(): Promise<number> {
    for (;;) {
      const targets = this.fleet.targets();
      if (targets.length > 0) return this.random.pick(targets);
      await sleep(20);
      if (Date.now() > this.giveUpAtMs) return 0;
    }
  }

  private call(index: number, call: Call): Promise<Reply> {
    const http = this.https[index];
    if (!http) throw new Error(`no process ${index}`);
    return http.call(call);
  }

  private async pause(failures: number): Promise<void> {
    await sleep(this.random.next() * Math.min(PAUSE_MAX_MS, 20 * 2 ** failures));
  }
}
