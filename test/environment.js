const { TestEnvironment } = require('jest-environment-node');

/**
 * Jest gives each test file a `process` of its own, and calls no listener for its exit. These listeners kill what a test that
 * failed has left running: a service, a server, a browser. So the end of the file calls them.
 */
module.exports = class TidyEnvironment extends TestEnvironment {
  #inherited = this.global.process.listeners('exit');

  async teardown() {
    const left = this.global.process.listeners('exit').filter((listener) => !this.#inherited.includes(listener));
    for (const listener of left) listener(0);
    await super.teardown();
  }
};
