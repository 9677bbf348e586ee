import { patchWhileLoading } from './patchWhileLoading';

/**
 * Loaded before the service. If the environment asks for it, the coordinator treats accounts as if they were elsewhere: it makes each call to
 * one by itself, durable before the next. That opens the windows between any two calls, which one statement closes.
 */
if (process.env['STRESS_STEP_BY_STEP'] === 'true') {
  patchWhileLoading([
    {
      file: 'engine/accounts/localBranches.js',
      find: 'return !(0, transfer_1.isElsewhere)(branch);',
      replace: 'return false;',
    },
  ]);
}
