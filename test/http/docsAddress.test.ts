import { addressOf } from '../../src/http/docs/address';

describe('the address that the page shows', () => {
  it.each([
    ['tandem.example', 'http://tandem.example'],
    ['127.0.0.1:3000', 'http://127.0.0.1:3000'],
    ['[::1]:3000', 'http://[::1]:3000'],
    ["evil'; rm -rf ~ #", 'http://localhost'],
    ['<script>', 'http://localhost'],
    ['', 'http://localhost'],
  ])('of a request to %s is %s', (host, address) => {
    expect(addressOf({ host })).toBe(address);
  });

  it('is of a proxy that speaks TLS, where one says so', () => {
    expect(addressOf({ host: 'tandem.example', 'x-forwarded-proto': 'https' })).toBe('https://tandem.example');
    expect(addressOf({ host: 'tandem.example', 'x-forwarded-proto': "x'" })).toBe('http://tandem.example');
  });
});
