// Builds the service for `npm start`. What is missing is said in one line, where npm and the shell would take ten.
const { spawnSync } = require('node:child_process');
const { dirname, join } = require('node:path');

const NODE_MIN = 20;
const ROOT = join(__dirname, '..');

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

function compiler() {
  try {
    const description = require.resolve('typescript/package.json', { paths: [ROOT] });
    return join(dirname(description), require(description).bin.tsc);
  } catch {
    return fail('The dependencies of the service are not installed. Run: npm ci');
  }
}

if (Number.parseInt(process.versions.node, 10) < NODE_MIN) {
  fail(`The service needs Node ${NODE_MIN} or newer, and this is Node ${process.versions.node}.`);
}
const { status } = spawnSync(process.execPath, [compiler(), '-p', join(ROOT, 'tsconfig.service.json')], {
  stdio: 'inherit',
});
if (status !== 0) fail('The service could not be built; see above.');
