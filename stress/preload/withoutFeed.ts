import { patchWhileLoading } from './patchWhileLoading';

/** Loaded before a service that the bench compares with: no statement writes to the feed. */
patchWhileLoading([
  {
    file: 'adapters/postgres/journal/append.js',
    find: 'if (changes.length > 0 || batch.moves.length > 0) {',
    replace: 'if (false) {',
  },
]);
