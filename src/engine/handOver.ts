import { afterWriting } from './faults';

/** What became of work that this process handed over to the one that leads. */
export type HandedOver<T> =
  | { readonly kind: 'answered'; readonly answer: T }
  /** The leader did not begin the work. */
  | { readonly kind: 'declined' }
  /** The connection ended before the answer. The leader may have done the work, and may still do it. */
  | { readonly kind: 'lost' };

/**
 * Hands work over to the process that leads. That process has the accounts in memory and writes the work of all
 * processes with few statements and no conflict. Returns undefined when this process leads, or is not connected to the
 * one that does. Rejects with the error of a leader that failed.
 */
export type HandOver<Work, Answer> = (work: Work) => Promise<HandedOver<Answer>> | undefined;

/** Hands nothing over. */
export const keepHere = (): undefined => undefined;

/** A process that hands nothing over. */
export const KEEPS_ALL = { create: keepHere, command: keepHere };

/**
 * Returns the leader's answer, or does the work in this process. The leader may still do lost work later. So the work
 * must have an id or a key that is written with its effect: the process that comes second finds it. `mayExist` is true
 * for lost work. After a loss, errors tell an unknown outcome.
 */
export async function orHere<Answer, T>(
  handing: Promise<HandedOver<Answer>> | undefined,
  answered: (answer: Answer) => T,
  here: (mayExist: boolean) => Promise<T>,
): Promise<T> {
  if (!handing) return here(false);
  const handed = await handing;
  switch (handed.kind) {
    case 'answered':
      return answered(handed.answer);
    case 'declined':
      return here(false);
    case 'lost':
      return afterWriting(() => here(true));
  }
}
