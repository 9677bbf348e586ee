const { existsSync } = require('node:fs');
const path = require('node:path');
const Sequencer = require('@jest/test-sequencer').default;

/** The suites that take longest, the longest first. In a new clone Jest does not know how long a suite takes. */
const LONG = [
  'e2e/crashTable',
  'e2e/participants',
  'cli/checkParticipant',
  'e2e/authorizationCrashes',
  'e2e/twoTandems',
  'e2e/twoApis',
  'e2e/fullDisk',
  'e2e/wrongSettings',
  'e2e/webhooks',
  'e2e/pausedDriver',
  'e2e/redisLoss',
  'cli/doctor',
  'cli/tandem',
  'e2e/attacks',
  'e2e/roles',
  'e2e/jobRunners',
  'e2e/manyConnections',
  'console/live',
  'console/outage',
  'console/asks',
  'console/tryIt',
  'http/browser',
  'console/account',
  'integration/keptJobs',
  'console/stuck',
  'domain/transferLaws',
  'engine/accountRaces',
  'engine/driverRaces',
  'engine/transferRaces',
].map((name) => path.join(__dirname, `${name}.test.ts`));
const PROJECTS = ['e2e', 'integration', 'unit'];

const gone = LONG.filter((file) => !existsSync(file));
if (gone.length > 0) throw new Error(`test/sequencer.js names suites that do not exist: ${gone.join(', ')}`);

/** Starts the long suites first, so that no worker runs a long suite at the end while the other workers are idle. */
module.exports = class LongestFirst extends Sequencer {
  sort(tests) {
    const rank = ({ path: file, context }) => {
      const place = LONG.indexOf(file);
      return place < 0 ? LONG.length + PROJECTS.indexOf(context.config.displayName.name) : place;
    };
    return tests.toSorted((one, other) => rank(one) - rank(other));
  }
};
