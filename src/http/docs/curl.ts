import type { Operation, Parameter } from './document';

export interface CurlOf {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

/** An operation with its examples as a shell command. `base` is the address of the service; `token` is shell text. */
export function curlOf({ method, path, operation }: CurlOf, base: string, token?: string): string {
  const { parameters, requestBody } = operation;
  const body = requestBody?.content['application/json']?.example;
  const query = new URLSearchParams(given(parameters, 'query'));
  const address = base + filled(path, parameters) + (query.size > 0 ? `?${query.toString()}` : '');
  return [
    'curl',
    ...(method === 'get' ? [] : ['-X', method.toUpperCase()]),
    ...(token === undefined ? [] : ['-H', `"Authorization: Bearer ${token}"`]),
    ...given(parameters, 'header')
      .filter(([name]) => name === 'Idempotency-Key')
      .map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
    ...(body === undefined ? [] : ['-H', quoted('Content-Type: application/json'), '-d', quoted(JSON.stringify(body))]),
    quoted(address),
  ].join(' ');
}

function given(parameters: readonly Parameter[], where: Parameter['in']): [string, string][] {
  return parameters
    .filter((parameter) => parameter.in === where && parameter.example !== undefined)
    .map(({ name, example }) => [name, String(example)]);
}

function filled(path: string, parameters: readonly Parameter[]): string {
  return given(parameters, 'path').reduce(
    (whole, [name, value]) => whole.replace(`{${name}}`, encodeURIComponent(value)),
    path,
  );
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
