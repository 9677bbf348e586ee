import type { Question } from './unit';

export const NO_QUESTIONS: readonly Question[] = [];

/** A fact that a unit must know from the database. It is asked once, and once more after each `again`. */
export class LookUp<T> {
  found: T | undefined;
  private answered: boolean;
  private question: Question | undefined;

  constructor(
    private readonly ask: (answer: (found: T | undefined) => void) => Question,
    /** True when nothing can be stored yet, so no question is needed. */
    isNew = false,
  ) {
    this.answered = isNew;
  }

  questions(): readonly Question[] {
    if (this.answered) return NO_QUESTIONS;
    this.question ??= this.begin();
    return [this.question];
  }

  again(): void {
    this.found = undefined;
    this.answered = false;
    this.question = undefined;
  }

  private begin(): Question {
    const question = this.ask((found) => {
      // The answer is outdated if the question was asked again since.
      if (this.question !== question) return;
      this.found = found;
      this.answered = true;
    });
    return question;
  }
}
