const fs = require('node:fs');
const path = require('node:path');

/** Tests of real processes and of what is written for people, by folder. */
const END_TO_END = ['e2e', 'cli', 'docs', 'client'];
/** A test whose imports lead to one of these has a server: of databases, of HTTP, of a participant, or of a webhook. */
const SERVERS = [
  'support/servers.ts',
  'http/edgeHarness.ts',
  'participants/participantServer.ts',
  'webhooks/receiver.ts',
];
const INTEGRATION = 'integration';

const files = fs
  .readdirSync(__dirname, { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => file.endsWith('.test.ts'));

/** @returns {'unit' | 'integration' | 'e2e'} the project that a test file belongs to, by its path from here. */
function projectOf(file) {
  const [folder] = file.split('/');
  if (END_TO_END.includes(folder)) return 'e2e';
  return folder === INTEGRATION || reachesServer(path.join(__dirname, file)) ? 'integration' : 'unit';
}

/** Follows the imports within this folder and the harness's. */
function reachesServer(start) {
  const seen = new Set();
  const open = [start];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (seen.has(file)) continue;
    seen.add(file);
    if (SERVERS.includes(path.relative(__dirname, file).replaceAll('\\', '/'))) return true;
    for (const [, specifier] of fs.readFileSync(file, 'utf8').matchAll(/from '(\.[^']+)'/g)) {
      const target = `${path.resolve(path.dirname(file), specifier)}.ts`;
      if (fs.existsSync(target)) open.push(target);
    }
  }
  return false;
}

/** The test files of a project, as jest matches them. */
const filesOf = (project) =>
  files.filter((file) => projectOf(file) === project).map((file) => path.join(__dirname, file));

module.exports = { filesOf };
