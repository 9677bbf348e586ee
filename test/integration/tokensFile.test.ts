import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../src/config';
import type { Authenticator } from '../../src/http/auth/authenticator';
import { composeAuth } from '../../src/service/composeAuth';
import { Lifecycle } from '../../src/service/lifecycle';
import { eventually } from '../kit/wait';
import { MemoryLog } from '../support/memoryLog';

const KEPT = 'kept-kept-kept';
const OLD = 'old-token-of-ann';
const NEW = 'new-token-of-ann';

describe('a file of tokens', () => {
  let folder: string;
  let file: string;
  let log: MemoryLog;
  let life: Lifecycle;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tandem-tokens-'));
    file = join(folder, 'tokens');
    log = new MemoryLog();
    life = new Lifecycle(log);
  });

  afterEach(async () => {
    await life.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Replaces the file in one step: a reader finds the old one or the new one, and never half of it. */
  const write = (text: string): void => {
    writeFileSync(`${file}.new`, text);
    renameSync(`${file}.new`, file);
  };
  const open = () =>
    composeAuth(loadConfig({ AUTH_TOKENS_FILE: file, AUTH_TOKENS: `${KEPT}=shop:service` }), log, life);
  const known = async (authenticator: Authenticator, token: string) =>
    (await authenticator.verify(token)).kind === 'known';
  const until = (what: string, isSo: () => boolean | Promise<boolean>) =>
    eventually(what, async () => ((await isSo()) ? true : undefined), { deadlineMs: 60_000 });

  it('is read again when it changes: a new token is known beside the old one, then the old one no more', async () => {
    write(`# of Ann's till\n${OLD}=ann\n\n`);
    const authenticator = await open();
    expect(await authenticator.verify(OLD)).toEqual({ kind: 'known', caller: { role: 'owner', owner: 'ann' } });
    expect(await known(authenticator, NEW)).toBe(false);
    write(`${OLD}=ann\n${NEW}=ann\n`);
    await until('the new one is known', () => known(authenticator, NEW));
    expect(await known(authenticator, OLD)).toBe(true);
    write(`${NEW}=ann\n`);
    await until('the old one is refused', async () => !(await known(authenticator, OLD)));
    expect([await known(authenticator, NEW), await known(authenticator, KEPT)]).toEqual([true, true]);
  });

  it.each([
    ['that holds something else', 'secret-token=ann:king\n', /entry 1 does not end/],
    ['that is empty', '', /holds no token/],
    ['that is cut within the name of its last owner', `${NEW}=anna:service\n${OLD}=an`, /does not end with a newline/],
  ])('%s changes nothing, and is told once without quoting it', async (_, text, why) => {
    write(`${OLD}=ann\n`);
    const authenticator = await open();
    write(text);
    await until('it is told', () => log.messages('error').length > 0);
    write(`${text}\n`);
    write(`${OLD}=ann\n${NEW}=ann\n`);
    await until('it is used again', () => known(authenticator, NEW));
    expect(await known(authenticator, OLD)).toBe(true);
    const told = log.lines.filter(({ level }) => level === 'error');
    expect(told).toHaveLength(1);
    expect(told[0]?.fields).toMatchObject({ file, why: expect.stringMatching(why) as unknown });
    expect(JSON.stringify(log.lines)).not.toContain('secret-token');
  });

  it('that is taken away changes nothing', async () => {
    write(`${OLD}=ann\n`);
    const authenticator = await open();
    rmSync(file);
    await until('it is told', () => log.messages('error').length > 0);
    expect(await known(authenticator, OLD)).toBe(true);
  });

  it.each([
    ['is not there', undefined, /AUTH_TOKENS_FILE: .*ENOENT/],
    ['ends within a line', 'secret-token=ann', /AUTH_TOKENS_FILE: the file does not end with a newline/],
    ['holds no tokens', 'secret-token\n', /AUTH_TOKENS_FILE: entry 1 has no token/],
  ])('keeps the service from starting when it %s', async (_, text, why) => {
    if (text !== undefined) write(text);
    await expect(open()).rejects.toThrow(why);
    await expect(open()).rejects.not.toThrow(/secret/);
  });

  it('is authentication enough for an address that others can reach', async () => {
    write(`${OLD}=ann\n`);
    const authenticator = await composeAuth(loadConfig({ HOST: '0.0.0.0', AUTH_TOKENS_FILE: file }), log, life);
    expect(authenticator.anonymous.role).toBe('anonymous');
  });
});
