import type { LoadGenerator } from './load';
import { ownGenerator } from './own';
import { findWrk } from './wrk';

/** Uses wrk where it is installed. Otherwise, or if asked, uses the bench's own generator, which uses more of the machine. */
export function chooseGenerator(asked: 'wrk' | 'own' | undefined): LoadGenerator {
  if (asked === 'own') return ownGenerator();
  const wrk = findWrk();
  if (!wrk && asked === 'wrk') throw new Error('there is no wrk on the PATH');
  return wrk ?? ownGenerator();
}
