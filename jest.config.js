const { filesOf } = require('./test/projects');

/** @type {import('jest').Config} */
const common = {
  testEnvironment: '<rootDir>/test/environment.js',
  roots: ['<rootDir>/test'],
  transform: { '^.+\\.[jt]s$': ['@swc/jest', { jsc: { target: 'es2022', parser: { syntax: 'typescript' } } }] },
  // jose is published as ES modules only; the exporter imports dynamically, which jest's module system does not have.
  transformIgnorePatterns: ['/node_modules/(?!jose/|@opentelemetry/otlp-exporter-base/)'],
};

/** Jest runs the set-up once for all projects that name it, and not for unit tests alone. */
const servers = {
  globalSetup: '<rootDir>/test/support/globalSetup.ts',
  globalTeardown: '<rootDir>/test/support/globalTeardown.ts',
};

/** @type {import('jest').Config} */
module.exports = {
  projects: [
    { ...common, displayName: 'unit', testMatch: filesOf('unit') },
    { ...common, ...servers, displayName: 'integration', testMatch: filesOf('integration') },
    { ...common, ...servers, displayName: 'e2e', testMatch: filesOf('e2e') },
  ],
  // A test waits for facts. Only one that hangs takes as long as this, also where other programs take the processors.
  testTimeout: 240_000,
  testSequencer: '<rootDir>/test/sequencer.js',
  // Two processors are there; a suite often waits for a process, a disk or a clock.
  maxWorkers: 3,
};
