/**
 * `describe` if a required program is found; otherwise skips the tests and reports that. CI must not skip any. `which`
 * is as in "SKIPPED: the tests of backups, because there is no PostgreSQL …".
 */
export function describeWhere(isFound: boolean, which: string): jest.Describe {
  if (isFound) return describe;
  if (process.env['CI'] !== undefined) throw new Error(`CI must not skip ${which}`);
  process.stderr.write(`\nSKIPPED: ${which}\n\n`);
  return describe.skip;
}
