import type { AccountEvent } from '../domain/account/events';
import { evolve } from '../domain/account/evolve';
import { type AccountState, EMPTY } from '../domain/account/state';
import { AMOUNT_MAX } from '../domain/money';
import type { AccountSnapshot } from './ports';

/**
 * The guess about an account of which nothing was seen: there it is, with funds and with room for more. Whoever guesses
 * wrong has the write left out and learns the state with it, which costs what a read beforehand would always have cost.
 */
const UNSEEN: AccountSnapshot = { state: { ...EMPTY, balance: AMOUNT_MAX / 2n }, version: -1n };

/** What an actor knows of its account: the newest state of the database that it has seen, and what it guesses from there. */
export class KnownAccount {
  /** `stored` with what is staged, and for as long as its outcome is open with what is being written. */
  state: AccountState = UNSEEN.state;
  private stored: AccountState = UNSEEN.state;
  private storedVersion = UNSEEN.version;
  /** The state was read from the database after every message up to this one had come. */
  private freshUpTo = 0;

  get version(): bigint {
    return this.storedVersion;
  }

  /** Whether what the database had when this message came is known. */
  isFreshFor(ticket: number): boolean {
    return ticket <= this.freshUpTo;
  }

  guess(event: AccountEvent): void {
    this.state = evolve(this.state, event);
  }

  /** Takes over the state of the database, if it is newer than what is known, and guesses anew what is not in it. */
  adopt(snapshot: AccountSnapshot, freshUpTo: number, staged: readonly (AccountEvent | undefined)[]): void {
    if (snapshot.version >= this.storedVersion) {
      this.storedVersion = snapshot.version;
      this.stored = snapshot.state;
    }
    this.freshUpTo = Math.max(this.freshUpTo, freshUpTo);
    this.state = this.stored;
    for (const event of staged) if (event) this.guess(event);
  }
}
