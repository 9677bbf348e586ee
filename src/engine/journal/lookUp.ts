import type { Question } from './unit';

export const NO_QUESTIONS: readonly Question[] = [];

/** What a unit has to know from the database: asked once, and once more after each `again`. */
export class LookUp<T> {
  found: T | undefined;
  private answered: boolean;
  private question: Question | undefined;

  constructor(
    private readonly ask: (answer: (found: T | undefined) => void) => Question,
    /** Nothing can be found yet: there is no need to ask. */
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
      // The answer to a question that was asked again since is outdated.
      if (this.question !== question) return;
      this.found = found;
      this.answered = true;
    });
    return question;
  }
}
