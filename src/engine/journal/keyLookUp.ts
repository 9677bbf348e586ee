import type { KeyUse, RequestKey } from './requestKey';
import type { Question } from './unit';

const NO_QUESTIONS: readonly Question[] = [];

export function keyName({ scope, key }: RequestKey): string {
  return `${scope}\n${key}`;
}

/** What a key stands for already. A key that was made for this very request is new, until a write of it may have landed. */
export class KeyLookUp {
  found: KeyUse | undefined;
  /** Found after a write of its own that may have landed. */
  isOwn = false;
  private answered: boolean;
  private question: Question | undefined;

  constructor(
    private readonly key: RequestKey,
    mayBeUsed: boolean,
  ) {
    this.answered = !mayBeUsed;
  }

  questions(): readonly Question[] {
    if (this.answered) return NO_QUESTIONS;
    this.question ??= {
      kind: 'key',
      key: this.key,
      answer: (use) => {
        this.found = use;
        this.answered = true;
      },
    };
    return [this.question];
  }

  again(begun: boolean): void {
    this.found = undefined;
    this.answered = false;
    this.question = undefined;
    this.isOwn = begun;
  }
}
