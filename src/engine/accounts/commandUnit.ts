import type { AccountCommand, AccountRefusal } from '../../domain/account/commands';
import { available } from '../../domain/account/state';
import type { AccountId } from '../../domain/ids';
import type { EntryNote } from '../journal/entries';
import type { Fold } from '../journal/fold';
import { KeyLookUp, keyName } from '../journal/keyLookUp';
import type { OperationAnswer, RequestKey } from '../journal/requestKey';
import type { Question, Unit } from '../journal/unit';
import type { AccountActor } from './accountActor';

export type AccountReply =
  /** Durable. The amounts, in minor units, are the account's right after this command. */
  | (Extract<OperationAnswer, { kind: 'accepted' }> & { readonly replayed?: boolean })
  | { readonly kind: 'refused'; readonly refusal: AccountRefusal; readonly replayed?: boolean }
  | { readonly kind: 'key-reused' };

/** A command to one account, carried out once for each key. The key keeps the answer, including a refusal. */
export class CommandUnit implements Unit<unknown, unknown> {
  readonly accounts: readonly AccountId[];
  readonly keyName: string;
  readonly totals: AccountId | undefined;
  private readonly look: KeyLookUp;
  private reply: AccountReply | undefined;

  constructor(
    private readonly actor: AccountActor,
    private readonly command: AccountCommand,
    private readonly key: RequestKey,
    private readonly note: EntryNote,
    /** Whether a client chose the key and may have used it before. A key that the service made is new. */
    private readonly isClients: boolean,
    private readonly resolve: (reply: AccountReply) => void,
    private readonly reject: (error: unknown) => void,
  ) {
    this.accounts = [actor.id];
    this.keyName = keyName(key);
    this.totals = command.type === 'Deposit' || command.type === 'Withdraw' ? actor.id : undefined;
    this.look = new KeyLookUp(key, isClients);
  }

  questions(): readonly Question[] {
    return this.look.questions();
  }

  decide(fold: Fold<unknown, unknown>): void {
    const { found } = this.look;
    if (found) {
      const isSame = found.fingerprint === this.key.fingerprint;
      this.reply =
        isSame && found.answer
          ? { ...found.answer, replayed: this.isClients && !this.look.isOwn }
          : { kind: 'key-reused' };
      return;
    }
    const decision = this.actor.handle(this.command, this.note, fold);
    this.reply = decision.kind === 'refused' ? { kind: 'refused', refusal: decision.refusal } : acceptedBy(this.actor);
    fold.use(this.key, { answer: this.reply });
  }

  again(begun: boolean): void {
    this.look.again(begun);
  }

  landed(): void {
    if (!this.reply) throw new Error('landed before it was decided');
    this.resolve(this.reply);
  }

  lost(): void {
    throw new Error('a command carries no move');
  }

  failed(error: unknown): void {
    this.reject(error);
  }
}

function acceptedBy({ state }: AccountActor): Extract<AccountReply, { kind: 'accepted' }> {
  if (state.status !== 'open') return { kind: 'accepted', balance: 0n, held: 0n, incoming: 0n, available: 0n };
  const { balance, held, incoming } = state;
  return { kind: 'accepted', balance, held, incoming, available: available(state) };
}
