import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseCallerSecrets } from '../../src/adapters/participants/callerSecrets';
import { ParticipantsFileError, readParticipantsFile } from '../../src/adapters/participants/participantsFile';
import { OTHER_SECRET, SECRET } from './participantServer';

const folder = mkdtempSync(join(tmpdir(), 'tandem-participants-'));
const path = join(folder, 'participants.json');
afterAll(() => rmSync(folder, { recursive: true }));

function read(content: unknown): ReturnType<typeof readParticipantsFile> {
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return readParticipantsFile(path);
}

const stock = { url: 'https://stock.example/tandem', secrets: [SECRET] };

describe('the participants file', () => {
  it('names participants, and says what is not said', () => {
    const file = read({
      stock,
      local: { url: 'http://127.0.0.1:4001', secrets: [SECRET], timeoutMs: 50, concurrency: 2 },
    });
    expect([...file]).toEqual([
      ['stock', { ...stock, timeoutMs: 3_000, concurrency: 64 }],
      ['local', { url: 'http://127.0.0.1:4001', secrets: [SECRET], timeoutMs: 50, concurrency: 2 }],
    ]);
  });

  it.each([
    'http://localhost:1',
    'http://127.8.9.1:1/x',
    'http://[::1]:1',
    'https://[2001:db8::1]/',
    'https://10.0.0.1:8443',
  ])('takes %s', (url) => expect(read({ stock: { ...stock, url } }).get('stock')?.url).toBe(url));

  it.each([
    ['http://stock.example', 'must be https, or http on loopback'],
    ['http://127.0.0.1.example', 'must be https, or http on loopback'],
    ['http://10.0.0.1', 'must be https, or http on loopback'],
    ['ftp://127.0.0.1', 'must be https, or http on loopback'],
    ['https://user:word@stock.example', 'must carry no user and no password'],
    ['https://stock.example/?a=b', 'must carry no query and no fragment'],
    ['https://stock.example/#a', 'must carry no query and no fragment'],
    ['stock.example', 'must be an address, as https://stock.example/tandem'],
  ])('refuses the address %s', (url, words) =>
    expect(() => read({ stock: { ...stock, url } })).toThrow(`stock.url: ${words}`),
  );

  it('lists everything that is wrong, and quotes no secret', () => {
    const bad = {
      stock: { url: 'x', secrets: ['whsec_hunter2'], timeoutMs: 0, concurrency: 1.5, colour: 'red' },
      'not a name': stock,
      empty: { url: stock.url, secrets: [] },
    };
    let words = '';
    try {
      read(bad);
    } catch (error) {
      expect(error).toBeInstanceOf(ParticipantsFileError);
      words = String(error);
    }
    for (const part of [
      'stock.url',
      'stock.secrets.0',
      'stock.timeoutMs',
      'stock.concurrency',
      'colour',
      'not a name',
      'empty.secrets',
    ])
      expect(words).toContain(part);
    expect(words).toContain('does not know colour; its members are url, secrets, timeoutMs, concurrency');
    expect(words).not.toContain('hunter2');
  });

  it.each([
    'whsec_',
    'whsec_AAAA',
    `whsec_${'A'.repeat(100)}`,
    SECRET.slice(6),
    `${SECRET} `,
    `whsec_-${SECRET.slice(7)}`,
  ])('refuses the secret %p', (secret) =>
    expect(() => read({ stock: { ...stock, secrets: [secret] } })).toThrow(/secrets\.0: must be whsec_/),
  );

  it('says that it cannot be read, or is no JSON, and quotes nothing of it', () => {
    expect(() => readParticipantsFile(join(folder, 'none.json'))).toThrow(/none\.json cannot be read: ENOENT/);
    expect(() => read(`{"stock": hunter2`)).toThrow(/is not JSON/);
    expect(() => read(`{"stock": hunter2`)).not.toThrow(/hunter2/);
    expect(() => read('[]')).toThrow(/the file: /);
  });
});

describe('the secrets of those who call', () => {
  it('are read with their names, of which one may have two', () => {
    expect(parseCallerSecrets(`shop=${SECRET}, shop=${OTHER_SECRET},`)).toEqual([
      { name: 'shop', secret: SECRET },
      { name: 'shop', secret: OTHER_SECRET },
    ]);
  });

  it.each([
    [SECRET, 'entry 1 does not begin with a name and ='],
    [`shop=${SECRET},=${OTHER_SECRET}`, 'entry 2 does not begin with a name and ='],
    [`shop=hunter2`, 'the secret of shop is not whsec_'],
    [`shop=${SECRET},mill=${SECRET}`, 'shop and mill have the same secret'],
  ])('are refused as %p', (text, words) => {
    expect(() => parseCallerSecrets(text)).toThrow(words);
    expect(() => parseCallerSecrets(text)).not.toThrow(/hunter2|BwcHBw/);
  });
});
