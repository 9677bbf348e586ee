import { patchWhileLoading } from './patchWhileLoading';

/**
 * Loaded before a service of the bench: a branch elsewhere takes part in every transfer, and the call to it is answered
 * at once, without a network. So the bench measures what such transfers cost the coordinator, and not the services.
 */
patchWhileLoading([
  {
    file: 'domain/transfer.js',
    find: 'return { branches: accounts, askedFirst: payers };',
    replace: "return { branches: [...accounts, 'participants/bench/branch'], askedFirst: payers };",
  },
  {
    file: 'service/composeEngine.js',
    find: 'ParticipantBranch(participants, id)',
    replace: "ParticipantBranch({ call: () => Promise.resolve({ kind: 'ok' }) }, id)",
  },
]);
