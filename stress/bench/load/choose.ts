import type { LoadGenerator } from './load';
import { ownGenerator } from './own';
import { findWrk } from './wrk';

/** wrk where it is installed; our own, which costs more of the machine, where it is not or is asked for. */
export function chooseGenerator(asked: 'wrk' | 'own' | undefined): LoadGenerator {
  if (asked === 'own') return ownGenerator();
  const wrk = findWrk();
  if (!wrk && asked === 'wrk') throw new Error('there is no wrk on the PATH');
  return wrk ?? ownGenerator();
}
