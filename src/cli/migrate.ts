import { loadConfig } from '../config';
import { Lifecycle } from '../service/lifecycle';
import { createLog } from '../service/log';
import { openDatabase } from '../service/openDatabase';
import { type Command, EXIT, UsageError } from './command';

const USAGE = `Usage: tandem migrate

Brings the schema of the database up to date: the one at DATABASE_URL, or the embedded server's below DATA_DIR. The service
does the same when it starts; this is for a deployment that lets another user of the database, or an earlier step, do it.
Repeating it changes nothing, and several at once wait for each other. It never takes a schema back: docs/operations.md.

Exits with 0 when the schema is up to date, with 2 when it could not be brought there.`;

export const migrate: Command = {
  summary: 'brings the schema of the database up to date',
  usage: USAGE,
  async run(args, out) {
    if (args.length > 0) throw new UsageError(`migrate takes no arguments.\n\n${USAGE}`);
    const config = loadConfig(process.env);
    const log = createLog('silent');
    const life = new Lifecycle(log);
    try {
      const { applied, place } = await openDatabase(config, log, life);
      const what = applied.length > 0 ? `brought up to date: ${applied.join(', ')}` : 'up to date; nothing was changed';
      out.print(`The schema of the database (${place}) is ${what}.`);
      return EXIT.ok;
    } finally {
      await life.stop();
    }
  },
};
