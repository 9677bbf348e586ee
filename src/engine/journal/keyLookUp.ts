import { LookUp } from './lookUp';
import type { KeyUse, RequestKey } from './requestKey';
import type { Question } from './unit';

export function keyName({ scope, key }: RequestKey): string {
  return `${scope}\n${key}`;
}

/** Looks up what a key already stands for. A key that was made for this very request is new, until a write of it may have landed. */
export class KeyLookUp {
  /** Set when the key was found after a write of this request that may have landed. */
  isOwn = false;
  private readonly look: LookUp<KeyUse>;

  constructor(key: RequestKey, mayBeUsed: boolean) {
    this.look = new LookUp((answer) => ({ kind: 'key', key, answer }), !mayBeUsed);
  }

  get found(): KeyUse | undefined {
    return this.look.found;
  }

  questions(): readonly Question[] {
    return this.look.questions();
  }

  again(begun: boolean): void {
    this.look.again();
    this.isOwn = begun;
  }
}
