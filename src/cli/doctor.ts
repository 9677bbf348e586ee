import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { startEmbeddedServer } from '../adapters/postgres/embedded/server';
import { type Config, ConfigError, ConfigSchema, loadConfig } from '../config';
import { createLog } from '../service/log';
import { nearMisses } from '../service/nearMisses';
import { databaseOf } from '../service/openDatabase';
import { type Command, EXIT, UsageError } from './command';
import { aboutAccess } from './doctor/access';
import { aboutDatabase } from './doctor/database';
import { type Finding, findingsOf, linesOf, messageOf } from './doctor/finding';
import { aboutQueue } from './doctor/queue';

const USAGE = `Usage: tandem doctor

Looks at what the service would run with, in the environment that it would run in: the settings, the version of PostgreSQL
and whether it keeps what it commits, connections, schema, the policy of Redis, the difference of the clocks, and tokens.
Says of each finding what to do about it. Changes nothing; an embedded PostgreSQL that has data is started to be asked.

Exits with 0 when nothing is wrong, with 1 when something is, with 2 when it could not look.`;

export const doctor: Command = {
  summary: 'looks at settings, database, queue, clocks and tokens, and says what to do',
  usage: USAGE,
  async run(args, out) {
    if (args.length > 0) throw new UsageError(`doctor takes no arguments.\n\n${USAGE}`);
    const findings = await examine(process.env);
    for (const line of linesOf(findings)) out.print(line);
    return findings.some(({ level }) => level === 'wrong') ? EXIT.failed : EXIT.ok;
  },
};

const settings = findingsOf('settings');

async function examine(environment: Readonly<Record<string, string | undefined>>): Promise<Finding[]> {
  try {
    const config = loadConfig(environment);
    const misses = nearMisses(environment, Object.keys(ConfigSchema.shape)).map(({ variable, instead }) =>
      settings.advice(`${variable} is not read`, `If ${instead} was meant, set that.`),
    );
    return [
      ...(misses.length > 0 ? misses : [settings.ok('every variable can be used')]),
      ...(await aboutTheDatabaseOf(config)),
      ...(await aboutQueue(config)),
      ...(await aboutAccess(config)),
    ];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return [settings.wrong(messageOf(error), 'Correct it; tandem start --help says what each variable is.')];
  }
}

async function aboutTheDatabaseOf(config: Config): Promise<Finding[]> {
  const given = databaseOf(config);
  if (given) return aboutDatabase(given.url, config);
  const database = findingsOf('database');
  if (!existsSync(join(config.DATA_DIR, 'postgres'))) {
    return [database.ok(`an embedded PostgreSQL is made in ${config.DATA_DIR} by the first start`)];
  }
  try {
    const server = await startEmbeddedServer(join(config.DATA_DIR, 'postgres'), createLog('silent'));
    const findings = await aboutDatabase(server.connectionString, config);
    await server.stop();
    return [database.ok(`the embedded PostgreSQL in ${server.folder} can be started`), ...findings];
  } catch (error) {
    return [database.wrong(messageOf(error), 'Without it the service does not start. Correct what it says.')];
  }
}
