#!/usr/bin/env node
// The command as npm links it, which may be before the service is built: then it is built first, as `npm start` does.
const { existsSync } = require('node:fs');
const { join } = require('node:path');

const COMMAND = join(__dirname, '..', 'dist', 'src', 'cli', 'tandem.js');

if (!existsSync(COMMAND)) require('./prestart.js');
require(COMMAND);
