import type { Answer } from '../../src/client/answer';
import { TandemClient } from '../../src/client/tandemClient';
import type { Account } from '../../src/client/types';
import { HttpTransport } from '../../test/kit/httpTransport';
import { sleep } from '../../test/kit/wait';
import type { Findings } from '../base/invariants';
import type { Random } from '../base/random';
import type { Generator } from './generator';
import type { Model, OperationRecord } from './model';
import { type Operation, otherRequestSameKey, type Transfer, waits } from './operation';
import { isMoved, type Meaning } from './outcome';
import { capture, captureOf, carryOut, giveBack, lookUp, type Question, request } from './question';
import { type Reply, replyOf, shown } from './reply';

/** Longer than the service's HTTP_WAIT_MS. When it passes, the service really did not answer. */
const CALL_TIMEOUT_MS = 4000;
const PAUSE_MAX_MS = 1000;
const POLL_MS = 500;
const WAITING_MAX = 500;

/** The service processes as a client sees them. */
export interface Fleet {
  readonly processes: readonly { readonly baseUrl: string }[];
  /** The indexes of the processes to which requests may go. */
  targets(): number[];
  timedOut(index: number): void;
  /** A request that was sent at `sentAtMs` has committed. */
  committed(index: number, sentAtMs: number): void;
}

export interface WorkloadOptions {
  readonly clients: number;
  /** The name of the part of the run in which an operation begins, for the latency table. */
  readonly phase: () => string;
  /** Operations that all clients together begin in a second. If undefined, as many as they can. */
  readonly perSecond?: number;
  readonly callTimeoutMs?: number;
  /** Whether the workload begins nothing now. */
  readonly rests?: () => boolean;
}

/** Clients in a closed loop. Each has one operation at a time, which it repeats with its key until the outcome is known. */
export class Workload {
  private readonly transport: HttpTransport;
  private readonly services: readonly TandemClient[];
  /** Operations whose time must pass. No client waits for them. */
  private readonly waiting = new Set<Promise<void>>();
  private ending = false;
  private giveUpAtMs = Number.POSITIVE_INFINITY;

  constructor(
    private readonly model: Model,
    private readonly findings: Findings,
    private readonly fleet: Fleet,
    private readonly random: Random,
    private readonly options: WorkloadOptions,
  ) {
    this.transport = new HttpTransport(options.callTimeoutMs ?? CALL_TIMEOUT_MS);
    this.services = fleet.processes.map(
      ({ baseUrl }) => new TandemClient(baseUrl, { transport: this.transport.send, retry: false }),
    );
  }

  /** Opens the accounts and pays in the scenario's deposits. */
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

  /** Resolves when every operation that was begun has a known outcome, or `giveUp` has ended the wait. */
  async run(generator: Generator): Promise<void> {
    await this.parallel(async () => {
      while (!this.ending) {
        if (this.options.rests?.()) {
          await sleep(20);
          continue;
        }
        const operation = generator.next();
        if (!operation) return;
        if (waits(operation) && this.waiting.size < WAITING_MAX) this.leaveWaiting(operation);
        else await this.perform(operation);
        const { clients, perSecond } = this.options;
        if (perSecond !== undefined) await sleep(((2 * clients) / perSecond) * 1000 * this.random.next());
      }
    });
    while (this.waiting.size > 0) await Promise.all(this.waiting);
  }

  /** Runs one operation until its outcome is known. */
  one(operation: Operation): Promise<void> {
    return this.perform(operation);
  }

  /** Begins no more operations. Repeats those in flight until their outcomes are known, for at most `withinMs`. */
  end(withinMs: number): void {
    this.ending = true;
    this.giveUpAtMs = Math.min(this.giveUpAtMs, Date.now() + withinMs);
  }

  /** Sends known operations again. Each must get its first answer and change nothing. */
  async replay(records: readonly OperationRecord[]): Promise<void> {
    const waiting = [...records];
    this.giveUpAtMs = Date.now() + 60_000;
    await this.parallel(async () => {
      for (let record = waiting.pop(); record; record = waiting.pop()) {
        await this.deliver(record, 'repeated after the end');
      }
    });
  }

  /** The balance from any process; asks until one answers. Undefined when the answer breaks the contract. */
  async balance(account: string): Promise<Answer<Account> | undefined> {
    for (;;) {
      const reply = await this.askAny((service) => service.balance(account));
      if (reply.kind === 'answer' || reply.kind === 'malformed') return this.answerIn(reply);
      await sleep(50);
    }
  }

  close(): void {
    this.transport.close();
  }

  private async parallel(client: () => Promise<void>): Promise<void> {
    await Promise.all(Array.from({ length: this.options.clients }, client));
  }

  private leaveWaiting(operation: Operation): void {
    const performed = this.perform(operation).finally(() => this.waiting.delete(performed));
    this.waiting.add(performed);
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
    let question = carryOut(operation);
    for (let failures = 0; Date.now() < this.giveUpAtMs; ) {
      const index = await this.target();
      const sentAtMs = Date.now();
      const askedAt = this.model.now();
      const told = await question.ask(this.service(index));
      if (told.kind !== 'told') {
        if (told.kind === 'unknown') this.model.unknown(record, told.cause);
        if (told.kind === 'unknown' && told.cause === 'timeout') this.fleet.timedOut(index);
        await this.pause(failures);
        failures += 1;
        continue;
      }
      if (this.understood(record, told, askedAt, phase)) {
        const isNew = question.kind === 'operation' && !told.replayed;
        if (isNew && record.outcome && isMoved(record.outcome)) this.fleet.committed(index, sentAtMs);
        return;
      }
      question = await this.next(record, told.meaning, question);
    }
    this.findings.violated('resolved', `${operation.key} got no final answer although nothing was broken any more`);
  }

  /** Whether the answer ends this delivery. */
  private understood(
    record: OperationRecord,
    { meaning, replayed }: { readonly meaning: Meaning; readonly replayed: boolean },
    askedAt: number,
    phase: string,
  ): boolean {
    switch (meaning.kind) {
      case 'known':
        this.findings.held('contract');
        this.model.learned(record, meaning, replayed, phase);
        return true;
      case 'pending':
        this.model.pending(record, meaning, askedAt);
        return false;
      case 'authorized':
        this.model.authorized(record, meaning, askedAt);
        return false;
      case 'lost':
        this.model.lost(record, meaning.to);
        return false;
      case 'unexpected':
        this.findings.violated('contract', `${record.operation.key}: ${meaning.detail}`);
        return true;
    }
  }

  private next(record: OperationRecord, { kind }: Meaning, last: Question): Promise<Question> {
    const { operation } = record;
    if (kind === 'authorized' && operation.kind === 'transfer') return this.endingOf(record, operation);
    return this.whilePending(record, last);
  }

  /** Carries out what the client does with an authorization. */
  private async endingOf(
    { transferId = '', expiresAtMs = 0 }: OperationRecord,
    operation: Transfer,
  ): Promise<Question> {
    if (this.random.chance(0.03)) await this.captureTooMuch(transferId, operation);
    const ending = operation.twoSteps?.ending;
    switch (ending?.kind) {
      case 'capture':
        if (ending.atExpiry) await sleep(Math.max(0, expiresAtMs - Date.now() + this.random.int(-60, 10)));
        return capture(transferId, operation, ending.amounts);
      case 'void':
        return giveBack(transferId);
      case 'race': {
        const amounts = this.random.chance(0.5) ? ending.amounts : undefined;
        return this.random.chance(0.4) ? giveBack(transferId) : capture(transferId, operation, amounts);
      }
      case 'expire':
      case undefined:
        await sleep(Math.max(0, expiresAtMs - Date.now()) + this.random.int(20, POLL_MS));
        return ending?.late ? capture(transferId, operation) : lookUp(transferId);
    }
  }

  private async captureTooMuch(transferId: string, operation: Transfer): Promise<void> {
    const amounts = operation.postings.map(({ amount }) => amount + 1);
    const answer = await this.askOnce((service) => service.captureTransfer(transferId, captureOf(operation, amounts)));
    if (!answer) return;
    this.model.extraDeliveries.add('capture of more than was authorized');
    const refused = !answer.ok && answer.status === 422 && answer.problem.code === 'capture-exceeds-authorization';
    this.findings.check('contract', refused, () => `a capture of too much answered ${shown(answer)}`);
  }

  /** While a transfer is pending: may abort it, then looks it up or repeats the request, at random. */
  private async whilePending(record: OperationRecord, last: Question): Promise<Question> {
    const { operation, transferId } = record;
    if (operation.kind !== 'transfer' || transferId === undefined) return last;
    if (operation.aborts && record.abort === undefined) await this.abort(record, transferId);
    // Hundreds of clients may wait for the work of a killed process. Their requests must not keep the service busy.
    await sleep(POLL_MS * (0.5 + this.random.next()));
    if (this.random.chance(0.5)) return lookUp(transferId);
    return carryOut(operation.style === 'async' ? { ...operation, style: 'body' } : operation);
  }

  private async abort(record: OperationRecord, transferId: string): Promise<void> {
    const answer = await this.askOnce((service) => service.abortTransfer(transferId, 'changed my mind'));
    if (!answer) return;
    if (answer.status === 202) this.model.abortAnswered(record, 'accepted');
    else if (answer.status === 409) this.model.abortAnswered(record, 'too-late');
    else this.findings.violated('contract', `abort answered ${shown(answer)}`);
  }

  private async misuse(operation: Operation): Promise<void> {
    const answer = await this.askOnce((service) => request(service, otherRequestSameKey(operation)));
    if (!answer) return;
    this.model.extraDeliveries.add('same key, other request');
    const refused = !answer.ok && answer.status === 422 && answer.problem.code === 'idempotency-key-reused';
    this.findings.check('idempotent', refused, () => {
      return `${operation.key}: the key with another request answered ${shown(answer)}`;
    });
  }

  private async readBalance(operation: Operation): Promise<void> {
    const account = operation.kind === 'transfer' ? operation.postings[0].origin : operation.account;
    const answer = await this.askOnce((service) => service.balance(account));
    if (!answer) return;
    this.findings.check('bounds', answer.ok && isWithinBounds(answer.value), () => {
      return `GET balance of ${account}: ${shown(answer)}`;
    });
  }

  private async openAccount(id: string): Promise<void> {
    for (let failures = 0; ; failures += 1) {
      const reply = await this.askAny((service) => service.openAccount(id));
      if (reply.kind === 'malformed') throw new Error(`opening ${id}: ${reply.detail}`);
      if (reply.kind === 'answer') {
        // A repeated attempt may find that the first one succeeded.
        if (reply.answer.status === 201 || reply.answer.status === 409) return;
        throw new Error(`opening ${id}: ${shown(reply.answer)}`);
      }
      await this.pause(failures);
    }
  }

  /** Resolves to undefined when no answer came. */
  private async askOnce<T>(ask: (service: TandemClient) => Promise<Answer<T>>): Promise<Answer<T> | undefined> {
    return this.answerIn(await this.askAny(ask));
  }

  private async askAny<T>(ask: (service: TandemClient) => Promise<Answer<T>>): Promise<Reply<T>> {
    return replyOf(ask(this.service(await this.target())));
  }

  private answerIn<T>(reply: Reply<T>): Answer<T> | undefined {
    if (reply.kind === 'malformed') this.findings.violated('contract', reply.detail);
    return reply.kind === 'answer' ? reply.answer : undefined;
  }

  private async target(): Promise<number> {
    for (;;) {
      const targets = this.fleet.targets();
      if (targets.length > 0) return this.random.pick(targets);
      await sleep(20);
      if (Date.now() > this.giveUpAtMs) return 0;
    }
  }

  private service(index: number): TandemClient {
    const service = this.services[index];
    if (!service) throw new Error(`no process ${index}`);
    return service;
  }

  private async pause(failures: number): Promise<void> {
    await sleep(this.random.next() * Math.min(PAUSE_MAX_MS, 20 * 2 ** failures));
  }
}

function isWithinBounds({ balance, held, available }: Account): boolean {
  return held >= 0 && held <= balance && available === balance - held;
}
