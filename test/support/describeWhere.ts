/**
 * `describe` where a program is found that the tests need; elsewhere they are skipped, and said to be. On CI nothing may be skipped.
 * `which` is as in "SKIPPED: the tests of backups, because there is no PostgreSQL …".
 */
export function describeWhere(isFound: boolean, which: string): jest.Describe {
  if (isFound) return describe;
  if (process.env['CI'] !== undefined) throw new Error(`CI must not skip ${which}`);
  process.stderr.write(`\nSKIPPED: ${which}\n\n`);
  return describe.skip;
}
