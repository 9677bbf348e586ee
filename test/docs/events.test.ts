import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { WholeService } from '../http/serviceHarness';
import { blocksOf, runBlocks, shell } from './guide';

const page = readFileSync(join(__dirname, '..', '..', 'docs', 'events.md'), 'utf8');

test('the lines of docs/events.md are answered as the page says', async () => {
  const blocks = blocksOf(page);
  // The last block is a stream, and is read as one.
  const [streamed, ...pages] = blocks.toReversed();
  const service = await WholeService.start();
  const told = await runBlocks(pages.toReversed(), service.client.url);
  const lines = `${streamed?.lines.replaceAll('http://127.0.0.1:3000', service.client.url)}`;
  const stream = await shell(lines);
  await service.stop();
  expect(pages.length).toBe(2);
  pages.toReversed().forEach(({ lines: asked, expected }, index) => {
    expect({ asked, answer: told[index] }).toMatchObject({ asked, answer: expected });
  });
  expect(stream).toMatch(/^event: account.opened\ndata: \{.*"account":"alice"\}$/m);
});
