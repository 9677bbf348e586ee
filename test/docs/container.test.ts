import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { NODE_OPTIONS_OF_START, REPOSITORY } from '../../stress/infra/startCommand';

test('the container starts the service as npm start does', () => {
  const dockerfile = readFileSync(join(REPOSITORY, 'Dockerfile'), 'utf8');
  const command = ['node', ...NODE_OPTIONS_OF_START, 'dist/src/main.js'];
  expect(dockerfile.trimEnd().split('\n').at(-1)).toBe(`CMD ${JSON.stringify(command).replaceAll(',', ', ')}`);
});
