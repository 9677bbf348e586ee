import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Signer } from '../../src/adapters/calls/signature';
import { ConfigError, loadConfig } from '../../src/config';
import { composeParticipants } from '../../src/service/composeParticipants';
import { Lifecycle } from '../../src/service/lifecycle';
import { MemoryLog } from '../support/memoryLog';
import { OTHER_SECRET, SECRET } from './participantServer';

const folder = mkdtempSync(join(tmpdir(), 'tandem-participants-'));
const path = join(folder, 'participants.json');
afterAll(() => rmSync(folder, { recursive: true }));

describe('the settings of participants', () => {
  const log = new MemoryLog();
  const life = new Lifecycle(log);
  afterAll(() => life.stop());
  const compose = (environment: Record<string, string>) => composeParticipants(loadConfig(environment), log, life);

  it('are optional: there are none then, and none may call', () => {
    const { remote, callers } = compose({});
    expect(remote.status()).toEqual([]);
    expect(callers).toBeUndefined();
  });

  it('name who takes part, and whose signatures are good here', () => {
    writeFileSync(path, JSON.stringify({ stock: { url: 'http://127.0.0.1:1', secrets: [SECRET] } }));
    const { remote, callers } = compose({ PARTICIPANTS_FILE: path, PARTICIPANT_SECRETS: `shop=${OTHER_SECRET}` });
    expect(remote.names()).toEqual(['stock']);
    expect(callers?.signer({ ...new Signer([OTHER_SECRET]).sign('{}', Date.now()) }, Buffer.from('{}'))).toBe('shop');
    expect(callers?.signer({ ...new Signer([SECRET]).sign('{}', Date.now()) }, Buffer.from('{}'))).toBeUndefined();
  });

  it('end the start with the name of what is wrong, without its value', () => {
    writeFileSync(path, JSON.stringify({ stock: { url: 'http://stock.example', secrets: ['hunter2'] } }));
    for (const environment of [{ PARTICIPANTS_FILE: path }, { PARTICIPANT_SECRETS: 'shop=hunter2' }]) {
      expect(() => compose(environment)).toThrow(ConfigError);
      expect(() => compose(environment)).toThrow(Object.keys(environment)[0]);
      expect(() => compose(environment)).not.toThrow(/hunter2/);
    }
  });
});
