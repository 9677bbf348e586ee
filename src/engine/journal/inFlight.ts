import type { TransactionId } from '../../domain/ids';
import type { Fold } from './fold';
import type { Stream } from './stream';
import type { Waiting } from './waiting';

/** One statement: the units that were decided for it, and what they write. */
export interface Statement<Q, R> {
  readonly batch: readonly Waiting<Q, R>[];
  readonly fold: Fold<Q, R>;
}

/**
 * What the statements in flight write. No two statements share an account, a moved transaction or a key. What a
 * statement writes is unknown until it lands, so no decision may build on it before.
 */
export class InFlight<Q, R> {
  private readonly statements = new Set<Statement<Q, R>>();
  private readonly streams = new Set<Stream>();
  private readonly moving = new Set<TransactionId>();
  private readonly keys = new Set<string>();

  get count(): number {
    return this.statements.size;
  }

  add(statement: Statement<Q, R>): void {
    this.statements.add(statement);
    for (const stream of statement.fold.touched) this.streams.add(stream);
    for (const { unit } of statement.batch) {
      if (unit.moves !== undefined) this.moving.add(unit.moves);
      if (unit.keyName !== undefined) this.keys.add(unit.keyName);
    }
  }

  remove(statement: Statement<Q, R>): void {
    this.statements.delete(statement);
    for (const stream of statement.fold.touched) this.streams.delete(stream);
    for (const { unit } of statement.batch) {
      if (unit.moves !== undefined) this.moving.delete(unit.moves);
      if (unit.keyName !== undefined) this.keys.delete(unit.keyName);
    }
  }

  uses(keyName: string | undefined): boolean {
    return keyName !== undefined && this.keys.has(keyName);
  }

  /** Whether the unit must wait for a statement in flight. */
  holds({ unit, streams }: Waiting<Q, R>): boolean {
    if (this.statements.size === 0) return false;
    return (
      streams.some((stream) => this.streams.has(stream)) || (unit.moves !== undefined && this.moving.has(unit.moves))
    );
  }
}
