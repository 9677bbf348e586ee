import type { Findings } from '../base/invariants';
import { SampleSet } from '../base/samples';
import { Tally } from '../base/tally';
import { ENDS_OF, isAnEndOf, tellsItsOwn } from './ends';
import { isPenniless, moved, type Operation } from './operation';
import { type AccountRefused, isMoved, type Lost, type Meaning, nameOf, type Outcome } from './outcome';
import type { UnknownCause } from './reply';

/** What the client knows of one operation. Created before the request is sent, and completed by the answers. */
export interface OperationRecord {
  readonly operation: Operation;
  readonly firstSentAtMs: number;
  /** Calls without a known outcome, by cause, while the operation's outcome is unknown. */
  readonly unknownCalls: Tally;
  transferId: string | undefined;
  outcome: Outcome | undefined;
  /** When the answer with the outcome arrived, by the model's clock. */
  knownAt: number | undefined;
  /** The first final answer to the POST. Every later answer must say the same. */
  fingerprint: string | undefined;
  /** The answer that refused the operation: every account that refused, and when the answer arrived. */
  refused: { readonly by: readonly AccountRefused[]; readonly atMs: number } | undefined;
  /** An abort was acknowledged (`accepted`), or refused because it came too late. */
  abort: 'accepted' | 'too-late' | undefined;
  /** When the authorization expires, by the service's answer. */
  expiresAtMs: number | undefined;
  /** The answer that the loser of a race got. */
  lostTo: Lost | undefined;
}

interface Flow {
  /** The amount acknowledged as applied. */
  acknowledged: bigint;
  /** The amount that was sent at least once and is not known to be refused. It is an upper bound of what the service may have applied. */
  possible: bigint;
}

/** The client's knowledge, with which the audit compares the database. */
export class Model {
  readonly records = new Map<string, OperationRecord>();
  /** The keys of operations, in the order in which their outcomes became known. */
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
  /** Captures by phase. Their duration is mostly the client's choice. */
  readonly captured = new Tally();
  inFlight = 0;

  /** `now` gives the milliseconds of a clock that never goes back. */
  constructor(
    private readonly findings: Findings,
    readonly now: () => number = () => performance.now(),
  ) {}

  /** Call this before the first request of the operation is sent. */
  begin(operation: Operation): OperationRecord {
    const record: OperationRecord = {
      operation,
      firstSentAtMs: Date.now(),
      unknownCalls: new Tally(),
      transferId: undefined,
      outcome: undefined,
      knownAt: undefined,
      fingerprint: undefined,
      refused: undefined,
      abort: undefined,
      expiresAtMs: undefined,
      lostTo: undefined,
    };
    this.records.set(operation.key, record);
    this.sent.add(operation.kind);
    const flow = this.flowOf(operation);
    if (flow && operation.kind !== 'transfer') flow.possible += BigInt(operation.amount);
    return record;
  }

  unknown(record: OperationRecord, cause: UnknownCause): void {
    this.unknownByCause.add(cause);
    if (record.outcome) this.unknownEndedAs.add(`${nameOf(record.outcome)}, known from another delivery`);
    else record.unknownCalls.add(cause);
  }

  /** Records what an answer says, and checks that it does not contradict an earlier one. */
  learned(
    record: OperationRecord,
    meaning: Extract<Meaning, { kind: 'known' }>,
    replayed: boolean,
    phase: string,
  ): void {
    const { outcome, fingerprint, transferId, refusals } = meaning;
    const { key } = record.operation;
    if (refusals.length > 0) record.refused ??= { by: refusals, atMs: Date.now() };
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
    record.knownAt = this.now();
    this.known.push(key);
    this.ended.add(`${record.operation.kind} ${nameOf(outcome)}`);
    const how = isMoved(outcome) ? (replayed ? ', found done' : ', done by the repetition') : '';
    const unknownCalls = record.unknownCalls.total();
    if (unknownCalls > 0) this.unknownEndedAs.add(nameOf(outcome) + how, unknownCalls);
    this.conclude(record, outcome);
    if (outcome.kind === 'applied') {
      this.latency.add(`${record.operation.kind}, ${phase}`, Date.now() - record.firstSentAtMs);
    }
    if (outcome.kind === 'captured') this.captured.add(phase);
    this.checkAbort(record, outcome);
    this.checkEnding(record, outcome);
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
    record.abort ??= abort;
    const first = record.abort;
    this.findings.check('final', first === abort, () => {
      return `${record.operation.key}: abort was ${first}, later ${abort}`;
    });
    if (record.outcome) this.checkAbort(record, record.outcome);
  }

  /** Records that the transfer is not final, by the answer to a request that was sent at `askedAt`. */
  pending(
    record: OperationRecord,
    { transferId, status }: Extract<Meaning, { kind: 'pending' }>,
    askedAt: number,
  ): void {
    this.learnId(record, transferId);
    this.checkStillOpen(record, status, askedAt);
  }

  /** Records that the transfer waits for the client's decision. Its expiry must always be the same instant. */
  authorized(
    record: OperationRecord,
    { transferId, expiresAtMs }: Extract<Meaning, { kind: 'authorized' }>,
    askedAt: number,
  ): void {
    this.learnId(record, transferId);
    record.expiresAtMs ??= expiresAtMs;
    const first = record.expiresAtMs;
    this.findings.check('deadline', first === expiresAtMs, () => `the expiry of ${transferId} has moved`);
    this.checkStillOpen(record, 'authorized', askedAt);
  }

  /** Records that a capture or a void came too late. The answer gives the earlier decision. */
  lost(record: OperationRecord, to: Lost): void {
    record.lostTo ??= to;
    const first = record.lostTo;
    this.findings.check('final', first === to, () => `${record.operation.key}: told ${first}, later ${to}`);
    if (record.outcome) this.checkEnding(record, record.outcome);
  }

  unresolved(): OperationRecord[] {
    return [...this.records.values()].filter((record) => record.outcome === undefined);
  }

  /**
   * The total money is far below the largest balance, so only unfulfillable promises could fill the room of an account.
   * A payer without money misses everything that it asked for, whatever the payee has.
   */
  private checkApart(operation: Operation, { outcome, refusals }: Extract<Meaning, { kind: 'known' }>): void {
    const isRight = isPenniless(operation)
      ? !isMoved(outcome) && refusals.every((refusal) => tellsItsOwn(operation, refusal))
      : refusals.every(({ code }) => code !== 'balance-limit-exceeded');
    this.findings.check('apart', isRight, () => {
      return `${operation.key} asked for ${JSON.stringify(operation)}: ${nameOf(outcome)}, ${JSON.stringify(refusals)}`;
    });
  }

  /**
   * Answers may overtake each other. An answer that was given before the outcome and arrives after it contradicts
   * nothing. Only a request that was sent after the outcome was known must get the outcome.
   */
  private checkStillOpen({ operation, outcome, knownAt }: OperationRecord, status: string, askedAt: number): void {
    const isFinal = status === 'committed' || status === 'aborted';
    const contradicts = !isFinal && outcome !== undefined && knownAt !== undefined && askedAt > knownAt;
    this.findings.check('final', !contradicts, () => {
      return `${operation.key} is ${status} after it was ${outcome && nameOf(outcome)}`;
    });
  }

  /** Checks that the end is one that the client asked for, or the expiry if that came first. */
  private checkEnding({ operation, lostTo, expiresAtMs }: OperationRecord, outcome: Outcome): void {
    if (operation.kind !== 'transfer') return;
    const { key, twoSteps } = operation;
    const isOwn = isAnEndOf(operation, outcome);
    this.findings.check('acknowledged', isOwn, () => {
      return `${key} was to end as ${JSON.stringify(twoSteps?.ending)} and is ${JSON.stringify(outcome)}`;
    });
    if (outcome.kind === 'expired' && expiresAtMs !== undefined) {
      this.findings.check('deadline', Date.now() >= expiresAtMs - 1, () => `${key} expired before its time`);
    }
    const isAsTold = lostTo === undefined || ENDS_OF[lostTo] === outcome.kind;
    this.findings.check('final', isAsTold, () => `${key}: told ${lostTo}, and is ${nameOf(outcome)}`);
  }

  private checkAbort(record: OperationRecord, outcome: Outcome): void {
    if (record.abort === undefined) return;
    const committed = isMoved(outcome);
    this.findings.check('acknowledged', committed === (record.abort === 'too-late'), () => {
      return `${record.operation.key}: abort was ${record.abort}, but the transfer is ${nameOf(outcome)}`;
    });
  }

  private conclude({ operation }: OperationRecord, outcome: Outcome): void {
    if (operation.kind === 'transfer') {
      if (!isMoved(outcome)) return;
      const amounts = outcome.kind === 'captured' ? outcome.amounts : undefined;
      for (const { origin, destination, amount } of moved(operation, amounts)) {
        this.move(origin, -BigInt(amount));
        this.move(destination, BigInt(amount));
      }
      return;
    }
    const amount = BigInt(operation.amount);
    const applied = outcome.kind === 'applied';
    const flow = this.flowOf(operation);
    if (flow && applied) flow.acknowledged += amount;
    if (flow && !applied) flow.possible -= amount;
    if (applied) this.move(operation.account, operation.kind === 'deposit' ? amount : -amount);
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
