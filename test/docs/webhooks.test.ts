import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { WholeService } from '../http/serviceHarness';
import { blocksOf, runBlocks } from './guide';

const page = readFileSync(join(__dirname, '..', '..', 'docs', 'webhooks.md'), 'utf8');

test('the lines of docs/webhooks.md are answered as the page says', async () => {
  const blocks = blocksOf(page);
  const service = await WholeService.start({ WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8' });
  const answers = await runBlocks(blocks, service.client.url);
  await service.stop();
  expect(answers.length).toBeGreaterThan(0);
  blocks.forEach(({ lines, expected }, index) => {
    expect({ lines, answer: answers[index] }).toMatchObject({ lines, answer: expected });
  });
});

test('the signature by hand, as docs/webhooks.md says it, is the one of the library', () => {
  const secret = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;
  const [id, seconds, body] = ['evt_812-1-1795298400007', 1_795_298_400, '{"type":"transfer.committed"}'];
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const byHand = `v1,${createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64')}`;
  expect(page).toContain('HMAC-SHA256 over\n`webhook-id.webhook-timestamp.body`');
  expect(new Webhook(secret).sign(id, new Date(seconds * 1_000), body)).toBe(byHand);
});
