import { ConfigSchema } from '../config';
import { type Command, EXIT, UsageError } from './command';

const variables = Object.entries(ConfigSchema.shape).map(
  ([name, schema]) => `  ${name}\n      ${schema.description ?? ''}`,
);

const USAGE = `Usage: tandem start

Starts the service and serves until it is told to stop: by SIGTERM, SIGINT or Ctrl-C, once to finish what is under way, twice
to end at once. It has no options; these variables of the environment are read, each with a default where it needs one:

${variables.join('\n')}

Under load the service answers sooner with NODE_OPTIONS=--max-semi-space-size=64, which npm start sets.
Exits with 0 when it was told to stop, with 1 when it could not go on, with 2 when the environment is not usable.`;

export const start: Command = {
  summary: 'starts the service',
  usage: USAGE,
  async run(args) {
    if (args.length > 0) throw new UsageError(`start takes no arguments.\n\n${USAGE}`);
    // Loads the service here, so that the other commands start without it. The service ends the process itself.
    require('../main');
    return EXIT.ok;
  },
};
