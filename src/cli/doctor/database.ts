import { QUEUE_CONNECTIONS_MAX } from '../../adapters/bullmq/backend';
import { expectUsable } from '../../adapters/postgres/admission';
import { type Inspection, inspect } from '../../adapters/postgres/inspection';
import type { Config } from '../../config';
import { isLoopback } from '../../http/auth/authenticator';
import { WEBHOOK_CONNECTIONS_MAX } from '../../service/composeWebhooks';
import { aboutClock } from './clock';
import { type Finding, findingsOf, messageOf } from './finding';
import { aboutWebhooks } from './webhooks';

const { ok, advice, wrong } = findingsOf('database');
const FIRST_LOOK = 'The service cannot start like this. Correct it, then run doctor again.';

/** Findings about the PostgreSQL server at an address. */
export async function aboutDatabase(url: string, config: Config): Promise<Finding[]> {
  try {
    await expectUsable(url);
    const seen = await inspect(url);
    return [
      ok(`PostgreSQL ${seen.version} takes the address and is new enough`),
      ...aboutDurability(seen),
      ...aboutUse(seen, new URL(url).hostname),
      aboutConnections(seen, config),
      aboutSchema(seen),
      ...aboutWebhooks(seen.webhooksByKey, config),
      aboutClock('PostgreSQL', seen.clock),
    ];
  } catch (error) {
    return [wrong(messageOf(error), FIRST_LOOK)];
  }
}

/** Each setting, with the value that keeps an answered write durable. */
function aboutDurability({ settings }: Inspection): Finding[] {
  const set = (name: string, to: string) => `alter system set ${name} = ${to}; select pg_reload_conf();`;
  const findings: Finding[] = [];
  if (settings.get('fsync') === 'off') {
    findings.push(
      wrong('fsync is off: a loss of power may take any transfer, or all of the database', set('fsync', 'on')),
    );
  }
  if (settings.get('full_page_writes') === 'off') {
    findings.push(
      wrong('full_page_writes is off: a loss of power may leave torn pages', set('full_page_writes', 'on')),
    );
  }
  if (settings.get('synchronous_commit') === 'off') {
    findings.push(
      wrong(
        'synchronous_commit is off: a crash takes back transfers that were answered as committed',
        set('synchronous_commit', 'on'),
      ),
    );
  }
  if (findings.length === 0) findings.push(ok('what is committed is on disk before it is answered'));
  if (settings.get('archive_mode') === 'off') {
    findings.push(
      advice(
        'archive_mode is off: from a lost disk only the last dump comes back',
        'Archive the write-ahead log, or let your provider: docs/operations.md says how, and how to restore to a point in time.',
      ),
    );
  }
  return findings;
}

function aboutUse({ settings, isEncrypted, mayCreate }: Inspection, host: string): Finding[] {
  const findings: Finding[] = [];
  const isolation = settings.get('default_transaction_isolation');
  if (isolation !== undefined && isolation !== 'read committed') {
    findings.push(
      advice(
        `default_transaction_isolation is ${isolation}: statements are repeated more often, and nothing is safer`,
        "alter role CURRENT_USER set default_transaction_isolation = 'read committed'; as the user of the service.",
      ),
    );
  }
  if (settings.get('autovacuum') === 'off') {
    findings.push(
      advice(
        'autovacuum is off: tables and indexes grow without end',
        'alter system set autovacuum = on; select pg_reload_conf();',
      ),
    );
  }
  if (!isEncrypted && !isLoopback(host) && host !== '') {
    findings.push(
      advice(
        'the connection is not encrypted, and the database is on another machine',
        'Append ?sslmode=verify-full to DATABASE_URL, with sslrootcert where its issuer is not known to the system.',
      ),
    );
  }
  if (!mayCreate) {
    findings.push(
      advice(
        'this user may not make tables: the start fails as soon as the schema is to be changed',
        'Run tandem migrate as the owner of the schema before each new version, or: grant create on schema public.',
      ),
    );
  }
  return findings;
}

/** Connections for leadership, and for the migrations during the start. */
const OTHER_CONNECTIONS = 3;

/** The most connections that one process opens with this configuration. */
export function connectionsOf({ DATABASE_CONNECTIONS_MAX, READ_CONNECTIONS_MAX, REDIS_URL, ROLE }: Config): number {
  // The queue uses one pool to add jobs, and another one where the process runs jobs.
  const queue = REDIS_URL === undefined ? QUEUE_CONNECTIONS_MAX * (ROLE === 'api' ? 1 : 2) : 0;
  const webhooks = ROLE === 'api' ? 0 : WEBHOOK_CONNECTIONS_MAX;
  return DATABASE_CONNECTIONS_MAX + READ_CONNECTIONS_MAX + queue + webhooks + OTHER_CONNECTIONS;
}

function aboutConnections({ connections: { max, used } }: Inspection, config: Config): Finding {
  const each = connectionsOf(config);
  const fit = Math.floor(max / each);
  const says = `a process opens up to ${each} connections; PostgreSQL gives ${max}, ${used} of them in use now`;
  if (fit === 0) {
    return wrong(says, 'Raise max_connections (it takes a restart), or lower DATABASE_CONNECTIONS_MAX.');
  }
  return fit === 1
    ? advice(`${says}: room for one process`, 'Raise max_connections before you start a second process beside it.')
    : ok(`${says}: room for ${fit} processes`);
}

function aboutSchema({ pending }: Inspection): Finding {
  return pending.length === 0
    ? ok('the schema is up to date')
    : advice(`the schema lacks ${pending.join(', ')}`, 'The next start brings it up to date, or tandem migrate does.');
}
