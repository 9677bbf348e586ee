import { type KnownSecret, SignatureVerifier, Signer } from '../../src/adapters/calls/signature';
import { OTHER_SECRET, SECRET } from './participantServer';

const body = '{"call":"prepare"}';
const bytes = Buffer.from(body);
const shop: KnownSecret = { name: 'shop', secret: SECRET };
const mill: KnownSecret = { name: 'mill', secret: OTHER_SECRET };
const verifier = new SignatureVerifier([shop, mill]);
const now = () => Date.now();

describe('a signature', () => {
  it('is what Standard Webhooks says it is', () => {
    const { 'webhook-signature': signature } = new Signer([`whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw`]).sign(
      '{"test": 2432232314}',
      1_614_265_330_000,
      'msg_p5jXN8AQM9LWM0D4loKWxJek',
    );
    // The example that the implementations of the standard share.
    expect(signature).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
  });

  it('tells by whose secret it was made', () => {
    expect(verifier.signer({ ...new Signer([SECRET]).sign(body, now()) }, bytes)).toBe('shop');
    expect(verifier.signer({ ...new Signer([OTHER_SECRET]).sign(body, now()) }, bytes)).toBe('mill');
  });

  it('is good with either secret while one replaces the other, on both sides', () => {
    const unknown = `whsec_${Buffer.alloc(24, 9).toString('base64')}`;
    expect(verifier.signer({ ...new Signer([unknown, SECRET]).sign(body, now()) }, bytes)).toBe('shop');
    const both = new SignatureVerifier([shop, { name: 'shop', secret: OTHER_SECRET }]);
    for (const secret of [SECRET, OTHER_SECRET])
      expect(both.signer({ ...new Signer([secret]).sign(body, now()) }, bytes)).toBe('shop');
  });

  it('has another id with every call', () => {
    const signer = new Signer([SECRET]);
    expect(signer.sign(body, now())['webhook-id']).not.toBe(signer.sign(body, now())['webhook-id']);
  });

  const good = { ...new Signer([SECRET]).sign(body, now()) };
  it.each([
    ['of an unknown secret', { ...new Signer([`whsec_${Buffer.alloc(24).toString('base64')}`]).sign(body, now()) }],
    ['of another body', { ...new Signer([SECRET]).sign(`${body} `, now()) }],
    ['six minutes old', { ...new Signer([SECRET]).sign(body, now() - 360_000) }],
    ['six minutes ahead', { ...new Signer([SECRET]).sign(body, now() + 360_000) }],
    ['with another id', { ...good, 'webhook-id': 'other' }],
    ['with another time', { ...good, 'webhook-timestamp': String(Number(good['webhook-timestamp']) - 1) }],
    ['with a time that is none', { ...good, 'webhook-timestamp': `${good['webhook-timestamp']}x` }],
    ['of another version', { ...good, 'webhook-signature': good['webhook-signature'].replace('v1', 'v2') }],
    ['cut short', { ...good, 'webhook-signature': good['webhook-signature'].slice(0, -2) }],
    ['without its words', { ...good, 'webhook-signature': 'v1' }],
    ['that is empty', { ...good, 'webhook-signature': '' }],
    [
      'whose header came twice',
      { ...good, 'webhook-signature': [good['webhook-signature'], good['webhook-signature']] },
    ],
    ['that is missing', {}],
  ])('%s is not good', (_, headers) => expect(verifier.signer(headers, bytes)).toBeUndefined());
});
