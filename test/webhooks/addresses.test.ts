import { AddressRefusedError, CallableAddresses } from '../../src/adapters/webhooks/addresses';

const PUBLIC = ['8.8.8.8', '2606:4700::1111', '::ffff:8.8.8.8'];
const OTHERS = [
  '10.1.2.3',
  '172.16.0.1',
  '192.168.0.1',
  '127.0.0.1',
  '0.0.0.0',
  '169.254.169.254',
  '100.64.0.1',
  '224.0.0.1',
  '255.255.255.255',
  '::1',
  '::',
  'fe80::1',
  'fd00::1',
  'ff02::1',
  '::ffff:10.1.2.3',
  '64:ff9b::10.1.2.3',
  '64:ff9b:0:0:1::1',
  '2002:a01:203::1',
  '::127.0.0.1',
  '::7f00:1',
  '::a9fe:a9fe',
  '4000::1',
  'no address',
];

describe('addresses that may be called', () => {
  const open = new CallableAddresses([]);

  it.each(PUBLIC)('%s, which is public', (address) => {
    expect(open.allows(address)).toBe(true);
  });

  it.each(OTHERS)('not %s', (address) => {
    expect(open.allows(address)).toBe(false);
  });

  it('also those of networks that are allowed, and no others', () => {
    const some = new CallableAddresses(['10.1.0.0/16', 'fd00::/8']);
    expect(['10.1.2.3', '::ffff:10.1.2.3', 'fd00::1'].map((address) => some.allows(address))).toEqual([
      true,
      true,
      true,
    ]);
    expect(['10.2.0.1', '127.0.0.1', 'fe80::1'].map((address) => some.allows(address))).toEqual([false, false, false]);
  });

  it('are looked at as a name is looked up for a connection', async () => {
    const lookUp = (addresses: CallableAddresses, all: boolean) =>
      new Promise((resolve) => {
        addresses.lookup('localhost', { all }, (error, found, family) => resolve(error ?? [found, family]));
      });
    expect(await lookUp(open, true)).toBeInstanceOf(AddressRefusedError);
    expect(await lookUp(open, false)).toBeInstanceOf(AddressRefusedError);
    const loopback = new CallableAddresses(['127.0.0.0/8']);
    expect(await lookUp(loopback, false)).toEqual(['127.0.0.1', 4]);
    expect(await lookUp(loopback, true)).toEqual([[{ address: '127.0.0.1', family: 4 }], undefined]);
  });

  it.each([
    ['http://127.0.0.1:4000/hooks', '127.0.0.1 is no public address'],
    ['https://[::1]/hooks', '::1 is no public address'],
    ['https://[::ffff:169.254.169.254]/', 'is no public address'],
    ['https://2130706433/', '127.0.0.1 is no public address'],
    ['https://localhost/hooks', 'localhost is no public address'],
  ])('are told why they are refused: %s', async (url, words) => {
    expect(await open.whyRefused(url)).toContain(words);
  });

  it('may have a name that is not known yet', async () => {
    expect(await open.whyRefused('https://no-such-name.invalid/')).toBeUndefined();
  });
});
