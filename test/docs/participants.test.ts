import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ANSWER_BYTES_MAX } from '../../src/adapters/calls/exchange';
import { readParticipantsFile } from '../../src/adapters/participants/participantsFile';
import { RULES } from '../../src/cli/check/check';
import { PARTICIPANT_BACKOFF, PAYLOAD_BYTES_MAX } from '../../src/engine/participants';

const page = readFileSync(join(__dirname, '..', '..', 'docs', 'participants.md'), 'utf8');

describe('docs/participants.md', () => {
  test('tells what each rule of the check is, and of no other', () => {
    const [, part = ''] = page.split('## Check it');
    const named = [...part.matchAll(/^\| `([a-z-]+)` \| .+ \|$/gm)].map((match) => match[1]);
    expect(named).toEqual(RULES.map(({ name }) => name));
  });

  test('shows a participants file that can be read', () => {
    const [, example = ''] = /```json\n(\{\n {2}"stock"[^`]+)```/.exec(page) ?? [];
    const folder = mkdtempSync(join(tmpdir(), 'tandem-docs-'));
    const path = join(folder, 'participants.json');
    writeFileSync(path, example);
    expect([...readParticipantsFile(path).values()]).toEqual([
      expect.objectContaining({ url: 'https://stock.example/tandem', timeoutMs: 3_000, concurrency: 64 }),
    ]);
    rmSync(folder, { recursive: true });
  });

  test('tells the limits that hold', () => {
    expect(page).toContain(`up to ${PAYLOAD_BYTES_MAX / 1024} KiB`);
    expect(page).toContain(`Of an answer ${ANSWER_BYTES_MAX / 1024} KiB are read`);
    expect(page).toContain(
      `up to ${PARTICIPANT_BACKOFF.initialMs} ms, doubling to ${PARTICIPANT_BACKOFF.maxMs / 1000} s`,
    );
  });
});
