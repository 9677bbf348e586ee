import type { Participants } from '../../src/engine/participants';

/** No participants. */
export const NO_PARTICIPANTS: Participants = {
  names: () => [],
  status: () => [],
  call: () => Promise.reject(new Error('there is no participant')),
};
