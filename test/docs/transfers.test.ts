import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { WholeService } from '../http/serviceHarness';
import { type Block, blocksOf, runBlocks } from './guide';

const page = readFileSync(join(__dirname, '..', '..', 'docs', 'transfers.md'), 'utf8');

test('the lines of docs/transfers.md are answered as the page says', async () => {
  const blocks = blocksOf(page);
  const answers = await answersTo(blocks);
  expect(blocks.filter(({ expected }) => expected !== undefined).length).toBeGreaterThan(12);
  expect(answers).toHaveLength(blocks.length);
  blocks.forEach(({ lines, expected }, index) => {
    if (expected !== undefined) expect({ lines, answer: answers[index] }).toMatchObject({ lines, answer: expected });
  });
});

async function answersTo(blocks: readonly Block[]): Promise<unknown[]> {
  const service = await WholeService.start({ SWEEP_EVERY_MS: '100' });
  try {
    return await runBlocks(blocks, service.client.url);
  } finally {
    await service.stop();
  }
}
