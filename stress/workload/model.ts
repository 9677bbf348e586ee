import type { Findings } from '../base/invariants';
import { SampleSet } from '../base/samples';
import { Tally } from '../base/tally';
import { isPenniless, type Operation } from './operation';
import { type Meaning, nameOf, type Outcome } from './outcome';
import type { UnknownCause } from './reply';

/** What the client knows of one operation. Made before the request is sent, completed by its answers. */
export interface OperationRecord {
  readonly operation: Operation;
  readonly firstSentAtMs: number;
  /** Calls whose outcome is not known, by cause, until the operation is. */
  readonly unknownCalls: Tally;
  transferId: string | undefined;
  outcome: Outcome | undefined;
  /** The first final answer to the POST; every later one must say the same. */
  fingerprint: string | undefined;
  /** The answer that refused it for want of money: what was missing, and when it was there. */
  refused: { readonly missing: number; readonly atMs: number } | undefined;
  /** An abort was acknowledged (`accepted`), or refused because it came too late. */
  abort: 'accepted' | 'too-late' | undefined;
}

interface Flow {
  /** Acknowledged as applied. */
  acknowledged: bigint;
  /** Sent at least once and not yet known to be refused: an upper bound of what the service may have applied. */
  possible: bigint;
}

/** The client's side of the story, against which the database is audited. */
export class Model {
  readonly records = new Map<string, OperationRecord>();
  /** Keys of operations in the order in which they became known. */
  readonly known: string[] = [];
  readonly deposits: Flow = { acknowledged: 0n, possible: 0n };
  readonly withdrawals: Flow = { acknowledged: 0n, possible: 0n };
  readonly balances = new Map<string, bigint>();
  readonly sent = new Tally();
  readonly ended = new Tally();
  readonly unknownByCause = new Tally();
  readonly unknownEndedAs = new Tally();
  readonly extraDeliveries = new Tally();
  readonly latency = new SampleSet();
  inFlight = 0;

  constructor(private readonly findings: Findings) {}

  /** Call before the first request of the operation leaves. */
  begin(operation: Operation): OperationRecord {
    const record: OperationRecord = {
      operation,
      firstSentAtMs: Date.now(),
      unknownCalls: new Tally(),
      transferId: undefined,
      outcome: undefined,
      fingerprint: undefined,
      refused: undefined,
      abort: undefined,
    };
    this.records.set(operation.key, record);
    this.sent.add(operation.kind);
    const flow = this.flowOf(operation);
    if (flow) flow.possible += BigInt(operation.amount);
    return record;
  }

  unknown(record: OperationRecord, cause: UnknownCause): void {
    this.unknownByCause.add(cause);
    if (record.outcome) this.unknownEndedAs.add(`${nameOf(record.outcome)}, known from another delivery`);
    else record.unknownCalls.add(cause);
  }

  /** Records what an answer says; finds out whether it contradicts an earlier one. */
  learned(
    record: OperationRecord,
    meaning: Extract<Meaning, { kind: 'known' }>,
    replayed: boolean,
    phase: string,
  ): void {
    const { outcome, fingerprint, transferId, missing } = meaning;
    const { key } = record.operation;
    if (missing !== undefined) record.refused ??= { missing, atMs: Date.now() };
    this.checkApart(record.operation, meaning);
    if (fingerprint !== '') {
      record.fingerprint ??= fingerprint;
      const first = record.fingerprint;
      this.findings.check('idempotent', first === fingerprint, () => `${key}: answered ${first} and ${fingerprint}`);
    }
    this.learnId(record, transferId);
    if (record.outcome) {
      const before = nameOf(record.outcome);
      this.findings.check('final', before === nameOf(outcome), () => `${key}: ${before}, later ${nameOf(outcome)}`);
      return;
    }
    record.outcome = outcome;
    this.known.push(key);
    this.ended.add(`${record.operation.kind} ${nameOf(outcome)}`);
    const how = outcome.kind === 'applied' ? (replayed ? ', found done' : ', done by the repetition') : '';
    const unknownCalls = record.unknownCalls.total();
    if (unknownCalls > 0) this.unknownEndedAs.add(nameOf(outcome) + how, unknownCalls);
    this.settle(record, outcome);
    if (outcome.kind === 'applied') {
      this.latency.add(`${record.operation.kind}, ${phase}`, Date.now() - record.firstSentAtMs);
    }
    this.checkAbort(record, outcome);
  }

  learnId(record: OperationRecord, transferId: string | undefined): void {
    if (transferId === undefined) return;
    record.transferId ??= transferId;
    const first = record.transferId;
    this.findings.check('idempotent', first === transferId, () => {
      return `${record.operation.key} started two transfers: ${first} and ${transferId}`;
    });
  }

  abortAnswered(record: OperationRecord, abort: 'accepted' | 'too-late'): void {
    record.abort = abort;
    if (record.outcome) this.checkAbort(record, record.outcome);
  }

  unresolved(): OperationRecord[] {
    return [...this.records.values()].filter((record) => record.outcome === undefined);
  }

  /**
   * There is far less money than the largest balance, so that only promises made in vain could fill the room of an account;
   * and what a payer without money misses is all that it asked for, whatever the payee has.
   */
  private checkApart(operation: Operation, { outcome, missing }: Extract<Meaning, { kind: 'known' }>): void {
    const code = outcome.kind === 'refused' ? outcome.code : undefined;
    const isOwn = isPenniless(operation);
    const isRight = isOwn
      ? outcome.kind !== 'applied' && (code === undefined || code === 'insufficient-funds')
      : code !== 'balance-limit-exceeded';
    const tellsAll = !isOwn || missing === undefined || missing === operation.amount;
    this.findings.check('apart', isRight && tellsAll, () => {
      return `${operation.key} asked for ${operation.amount}: ${nameOf(outcome)}, missing ${missing}`;
    });
  }

  private checkAbort(record: OperationRecord, outcome: Outcome): void {
    if (record.abort === undefined) return;
    const committed = outcome.kind === 'applied';
    this.findings.check('acknowledged', committed === (record.abort === 'too-late'), () => {
      return `${record.operation.key}: abort was ${record.abort}, but the transfer is ${nameOf(outcome)}`;
    });
  }

  private settle({ operation }: OperationRecord, outcome: Outcome): void {
    const amount = BigInt(operation.amount);
    const applied = outcome.kind === 'applied';
    const flow = this.flowOf(operation);
    if (flow && applied) flow.acknowledged += amount;
    if (flow && !applied) flow.possible -= amount;
    if (!applied) return;
    if (operation.kind === 'transfer') {
      this.move(operation.origin, -amount);
      this.move(operation.destination, amount);
    } else {
      this.move(operation.account, operation.kind === 'deposit' ? amount : -amount);
    }
  }

  private move(account: string, amount: bigint): void {
    this.balances.set(account, (this.balances.get(account) ?? 0n) + amount);
  }

  private flowOf(operation: Operation): Flow | undefined {
    switch (operation.kind) {
      case 'deposit':
        return this.deposits;
      case 'withdraw':
        return this.withdrawals;
      case 'transfer':
        return undefined;
    }
  }
}
