import { isLoopback } from '../../src/http/auth/authenticator';
import { StaticTokens } from '../../src/http/auth/staticTokens';

describe('tokens from the configuration', () => {
  it('reads owners and roles', () => {
    const tokens = StaticTokens.parse('token-one=alice, token-two==shop:service,,token-three=a:b:owner');
    expect(tokens.find('token-one')).toEqual({ role: 'owner', owner: 'alice' });
    expect(tokens.find('token-two=')).toEqual({ role: 'service', owner: 'shop' });
    expect(tokens.find('token-three')).toEqual({ role: 'owner', owner: 'a:b' });
    expect(tokens.find('token-four')).toBeUndefined();
  });

  it.each(['secret-token', 'secret-token=', '=alice', 'short=a', 'secret-token=a b', 'secret-token=bob:amdin'])(
    'refuses %s without repeating the token',
    (text) => {
      const parse = () => StaticTokens.parse(text);
      expect(parse).toThrow(/^entry 1 /);
      expect(parse).not.toThrow(/secret/);
    },
  );

  it('knows which addresses only this machine can reach', () => {
    expect(['127.0.0.1', 'localhost', '::1', '127.1.2.3'].every(isLoopback)).toBe(true);
    expect(['0.0.0.0', '::', '10.0.0.1', '127.0.0.1.example.com', ''].some(isLoopback)).toBe(false);
  });
});
