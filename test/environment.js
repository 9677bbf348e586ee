const { TestEnvironment } = require('jest-environment-node');

/**
 * Jest gives each test file its own `process` object, and never calls the object's exit listeners. These listeners kill
 * the services, servers and browsers that a failed test has left running. So this environment calls them after the file.
 */
module.exports = class TidyEnvironment extends TestEnvironment {
  #inherited = this.global.process.listeners('exit');

  async teardown() {
    const left = this.global.process.listeners('exit').filter((listener) => !this.#inherited.includes(listener));
    for (const listener of left) listener(0);
    await super.teardown();
  }
};
