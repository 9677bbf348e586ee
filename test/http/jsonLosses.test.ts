import * as fc from 'fast-check';
import { lossesOf } from '../../src/http/requests/jsonLosses';

const found = (text: string) => lossesOf(text, 20).map(({ path, message }) => `${path}: ${message}`);

describe('what a reader of JSON would lose without a word', () => {
  it.each([
    ['{"a":1,"a":2}', 'a'],
    ['{"a":1,"\\u0061":1}', 'a'],
    ['{"m":{"x":[0,{"k":1,"j":2,"k":null}]}}', 'm.x.1.k'],
    ['{"":1,"":2}', ''],
    ['{"\\"":1,"\\"":2}', '"'],
    ['{"a":{},"a":{}}', 'a'],
  ])('is all but the last of two members of one name: %s', (text, path) => {
    expect(found(text)).toEqual([`${path}: must be given once`]);
  });

  it.each([
    '{"a":{"a":{"a":1}}}',
    '[{"a":1},{"a":1}]',
    '{"a":"a","b":"a"}',
    '{"a":["a","a"],"b":"\\"a\\":1,\\"a\\":2"}',
    '{"A":1,"a":1}',
    '{"x":"{","y":"}","z":"[,"}',
    '"a"',
    '[]',
    '{}',
  ])('is not what looks like it: %s', (text) => {
    expect(found(text)).toEqual([]);
  });

  it.each([
    ['{"__proto__":{"a":1}}', '__proto__'],
    ['{"m":{"__proto__":1}}', 'm.__proto__'],
    ['{"m":{"_\\u005fproto__":1}}', 'm.__proto__'],
  ])('is a member named __proto__: %s', (text, path) => {
    expect(found(text)).toEqual([`${path}: is not taken as the name of a member`]);
  });

  it('is not the text "__proto__"', () => {
    expect(found('{"a":"__proto__","b":["__proto__"]}')).toEqual([]);
  });

  it.each([
    '12345678901234567890',
    '-12345678901234567891',
    '9007199254740993',
    '1e400',
    '-1e400',
    '1e-400',
    '0.1234567890123456789',
    '5.00000000000000000001',
    '9007199254740991.5',
    '12345678901234567168',
    `0.${'0'.repeat(400)}1`,
  ])('is a number that a double does not hold: %s', (number) => {
    expect(found(`{"n":${number}}`)).toEqual([
      'n: cannot be kept exactly as a JSON number; where text is taken, send it as a string',
    ]);
    expect(found(`{"m":{"l":[1,${number}]}}`)).toHaveLength(1);
    expect(found(`{"n":"${number}"}`)).toEqual([]);
  });

  it.each([
    '0',
    '-0',
    '0.0',
    '0e999',
    '1',
    '-1',
    '1.0',
    '1.50',
    '1e2',
    '1E+2',
    '0.1',
    '1e-7',
    '1e22',
    '1.7976931348623157e308',
    '9007199254740992',
    '100000000000000000000',
    `1.${'0'.repeat(400)}`,
    '5e-324',
  ])('is no number that it does, however it is written: %s', (number) => {
    expect(found(`{"n":${number}}`)).toEqual([]);
  });

  it('is nothing of what JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        fc.pre(!JSON.stringify(value).includes('__proto__'));
        expect(found(JSON.stringify(value))).toEqual([]);
        expect(found(JSON.stringify(value, null, 2))).toEqual([]);
      }),
    );
  });

  it('is told of every object that repeats one of its members, wherever it is', () => {
    const objects = fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1, noNullPrototype: true });
    fc.assert(
      fc.property(objects, fc.nat(), fc.jsonValue(), (object, which, value) => {
        const names = Object.keys(object);
        const name = names[which % names.length] ?? '';
        fc.pre(!JSON.stringify([object, value]).includes('__proto__'));
        const text = `${JSON.stringify(object).slice(0, -1)},${JSON.stringify(name)}:${JSON.stringify(value)}}`;
        expect(found(`[{"deep":${text}}]`)).toEqual([`${`0.deep.${name}`.slice(0, 200)}: must be given once`]);
      }),
    );
  });

  it('is found in linear time, and no more of it than asked for', () => {
    const startedAt = performance.now();
    const zeros = `1${'0'.repeat(30_000)}`;
    expect(lossesOf(`{"n":${zeros}1,"m":${zeros}1}`, 20)).toHaveLength(2);
    expect(lossesOf(`${'['.repeat(30_000)}${']'.repeat(30_000)}`, 20)).toEqual([]);
    expect(lossesOf(`{"a":"${'\\"'.repeat(30_000)}"}`, 20)).toEqual([]);
    expect(lossesOf(`{${'"a":1,'.repeat(10_000)}"a":1}`, 20)).toHaveLength(20);
    // Quadratic time would take minutes.
    expect(performance.now() - startedAt).toBeLessThan(30_000);
  });
});
