import { createHmac } from 'node:crypto';
import { isSecret } from '../../src/adapters/calls/secret';
import { keyOf, WebhookSecrets } from '../../src/adapters/webhooks/secrets';

const KEY = Buffer.alloc(32, 1).toString('base64');
const OTHER = Buffer.alloc(32, 2).toString('base64');

describe('secrets of webhooks', () => {
  it('are such as Standard Webhooks has them, each another one', () => {
    const secrets = new WebhookSecrets([KEY]);
    const [one, two] = [secrets.make(), secrets.make()];
    expect([isSecret(one.secret), isSecret(two.secret)]).toEqual([true, true]);
    expect(one.secret).not.toBe(two.secret);
  });

  it('are made again of what is stored, with the key and not without it', () => {
    const { secret, ...stored } = new WebhookSecrets([KEY]).make();
    expect(new WebhookSecrets([KEY]).secretOf(stored)).toBe(secret);
    expect(new WebhookSecrets([OTHER]).secretOf(stored)).toBeUndefined();
    expect(new WebhookSecrets([]).secretOf(stored)).toBeUndefined();
    const withoutKey = createHmac('sha256', '').update(stored.nonce).digest('base64');
    expect(secret).not.toContain(withoutKey);
    expect(JSON.stringify(stored)).not.toContain(KEY);
  });

  it('stay good while a key takes the place of another', () => {
    const before = new WebhookSecrets([KEY]).make();
    const both = new WebhookSecrets([OTHER, KEY]);
    expect(both.secretOf(before)).toBe(before.secret);
    const after = both.make();
    expect(new WebhookSecrets([OTHER]).secretOf(after)).toBe(after.secret);
  });

  it('can be made without a key, and stay good once there is one', () => {
    const before = new WebhookSecrets([]).make();
    expect(new WebhookSecrets([KEY]).secretOf(before)).toBe(before.secret);
  });
});

describe('a key', () => {
  it.each([
    ['of 32 bytes', KEY, true],
    ['that is too short', Buffer.alloc(31).toString('base64'), false],
    ['that is not base64', `${KEY}!`, false],
    ['that is empty', '', false],
  ])('%s is %s: %s', (_which, text, isKey) => {
    expect(keyOf(text) !== undefined).toBe(isKey);
  });
});
