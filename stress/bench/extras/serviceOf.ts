import type { Bench } from '../bench';
import type { SystemName } from '../cells';

/** The service that the extras measure: the first one that was chosen. */
export function serviceOf({ options, redis }: Bench): Exclude<SystemName, 'baseline'> {
  for (const name of options.systems) if (name !== 'baseline' && (name !== 'redis' || redis)) return name;
  return 'postgres';
}
