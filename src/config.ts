import { z } from 'zod';
import { isNetwork } from './adapters/webhooks/addresses';
import { keyOf } from './adapters/webhooks/secrets';

const whole = (min: number, max: number) => {
  const error = `must be a whole number from ${min} to ${max}`;
  // Accepts digits alone. A number has notations that no operator means, and a text of spaces would become 0.
  return z
    .string()
    .regex(/^\d{1,16}$/, error)
    .transform(Number)
    .pipe(z.number().min(min, error).max(max, error));
};
const port = whole(0, 65_535);
const ms = whole;
const count = (max: number) => whole(1, max);
const oneOf = <const Options extends readonly string[]>(options: Options) =>
  z.enum(options, { error: `must be one of ${options.join(', ')}` });
/** The usual reason why an address does not parse is its password. */
const IN_POSTGRES_ADDRESS =
  ' such as postgres://user:password@host:5432/database; a password with / # ? @ or : in it goes to DATABASE_PASSWORD';
/** Empty variables, as compose files leave them, count as unset. */
const optionalUrl = (...protocols: string[]) =>
  z
    .url({
      protocol: new RegExp(`^(${protocols.join('|')})$`),
      error: `must be a ${protocols[0]}:// address${protocols[0] === 'postgres' ? IN_POSTGRES_ADDRESS : ''}`,
    })
    .optional();

/** The name of a claim. A refused token's answer has it in a header. */
const claim = z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,200}$/, 'must be the name of a claim');
/** Several values in one variable, separated by commas. */
const list = (item: z.ZodType<string, string>) =>
  z
    .string()
    .transform((text) => text.split(',').flatMap((part) => part.trim() || []))
    .pipe(z.array(item).min(1, 'must not be empty'))
    .optional();
const host = z
  .string()
  .toLowerCase()
  .regex(
    /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{1,5})?$/,
    'must be names of hosts, such as tandem.internal or tandem.internal:3000',
  );
const origin = z
  .url({ protocol: /^https?$/, error: 'must be origins, such as https://app.example', abort: true })
  .refine((text) => new URL(text).href === `${new URL(text).origin}/`, 'must be origins, without a path')
  .transform((text) => new URL(text).origin);

const key = z
  .string()
  .refine((text) => keyOf(text) !== undefined, 'must be base64 of 32 bytes or more, as openssl rand -base64 32 prints');

/** Every environment variable that the service reads. The defaults suit one machine with nothing else installed. */
export const ConfigSchema = z.object({
  HOST: z.string().min(1).default('127.0.0.1').describe('address to listen on'),
  PORT: port.default(3000).describe('port to listen on; 0 takes a free one'),
  DATABASE_URL: optionalUrl('postgres', 'postgresql').describe(
    'PostgreSQL 14 or newer; without it an embedded server is started, its data kept in `DATA_DIR`',
  ),
  DATABASE_PASSWORD: z
    .string()
    .min(1)
    .optional()
    .describe('password of the user in `DATABASE_URL`, as it is, when the address has none'),
  DATA_DIR: z.string().min(1).default('./.data').describe('where the embedded server keeps its data'),
  REDIS_URL: optionalUrl('redis', 'rediss').describe(
    'Redis 6.2 or newer for the job queue, with `maxmemory-policy noeviction`; without it the queue is in PostgreSQL',
  ),
  ROLE: oneOf(['all', 'api', 'worker'])
    .default('all')
    .describe('what this process does: answer requests, run jobs, or both'),
  JOB_RUNNERS: oneOf(['one', 'all'])
    .default('one')
    .describe(
      'which of several processes run jobs; `one`: a single process runs jobs, the others stand by (faster than sharing); or `all`',
    ),
  TRANSFER_TIMEOUT_MS: ms(1, 600_000).default(10_000).describe('ms; deadline of the prepare phase of a transfer'),
  HTTP_WAIT_MS: ms(0, 600_000)
    .default(15_000)
    .describe('ms; how long a transfer call waits for the final status before it answers 202'),
  AUTH_TOKENS: z
    .string()
    .min(1)
    .optional()
    .describe(
      'who may call: `token=owner[:role],…`, role one of owner, service, admin; without it and without `AUTH_JWKS_URL` every caller may, on loopback only',
    ),
  AUTH_TOKENS_FILE: z
    .string()
    .min(1)
    .optional()
    .describe(
      'file with more tokens, one `token=owner[:role]` a line; end the last line with a newline; read again when it changes, so that tokens are replaced without a restart',
    ),
  AUTH_JWKS_URL: optionalUrl('https', 'http').describe('address of the keys that JSON Web Tokens are checked against'),
  AUTH_JWT_ISSUER: z
    .string()
    .min(1)
    .optional()
    .describe('`iss` that a JSON Web Token must have; required with `AUTH_JWKS_URL`'),
  AUTH_JWT_AUDIENCE: z
    .string()
    .min(1)
    .optional()
    .describe('`aud` that a JSON Web Token must have, or have among others; required with `AUTH_JWKS_URL`'),
  AUTH_JWT_OWNER_CLAIM: claim
    .default('sub')
    .describe('claim of a JSON Web Token that names the owner: a string, the id of its account'),
  AUTH_JWT_ROLE_CLAIM: claim
    .default('role')
    .describe(
      "claim of a JSON Web Token that names the role: owner, service or admin; a token without it is an owner's",
    ),
  ALLOWED_HOSTS: list(host).describe(
    'names, parted by commas, that requests may give as `Host` without authentication, beside `localhost` and loopback addresses',
  ),
  ALLOWED_ORIGINS: list(origin).describe(
    'origins, parted by commas, whose pages may send requests that change something, beside the own pages of the service',
  ),
  PARTICIPANTS_FILE: z
    .string()
    .min(1)
    .optional()
    .describe(
      'JSON file of the services that may take part in transfers, as docs/participants.md says; without it none, but `demo` where there is no authentication and `ROLE` is `all`',
    ),
  PARTICIPANT_SECRETS: z
    .string()
    .min(1)
    .optional()
    .describe(
      'who may call this service as a participant: `name=whsec_…,…`, a name twice while its secret is replaced; without it no other service',
    ),
  PEER_SECRET: key
    .optional()
    .describe(
      'secret that all processes on one database share, base64 of 32 bytes or more; with it a process that does not lead hands new transfers and commands to accounts over to the leader, without it that process stores transfers for a job; no effect with `JOB_RUNNERS=all`',
    ),
  PEER_HOST: z
    .string()
    .min(1)
    .max(253)
    .optional()
    .describe(
      'name or address at which the other processes reach this one, with `PEER_SECRET`; without it `HOST`, or the name of the machine where `HOST` is `0.0.0.0` or `::`',
    ),
  PEER_PORT: port
    .default(0)
    .describe(
      'port on which this process takes work of the others while it leads, with `PEER_SECRET`; 0 takes a free one',
    ),
  WEBHOOK_KEYS: list(key).describe(
    'keys, parted by commas, that the secrets of webhooks are made of together with what the database has; the first one makes new secrets; without any, a reader of the database can make them too',
  ),
  WEBHOOK_ALLOWED_NETWORKS: list(
    z.string().refine((text) => isNetwork(text), 'must be networks, such as 10.0.0.0/8'),
  ).describe('networks, parted by commas, that webhooks may be in beside public addresses, such as `10.0.0.0/8`'),
  WEBHOOK_TIMEOUT_MS: ms(10, 60_000)
    .default(10_000)
    .describe('ms; how long a webhook may take to answer, from the beginning of the attempt to the end of the answer'),
  WEBHOOK_CONCURRENCY: count(100).default(8).describe('deliveries to one webhook that a worker process makes at once'),
  WEBHOOK_BACKOFF_MIN_MS: ms(10, 86_400_000)
    .default(5_000)
    .describe('ms; how long a delivery that failed waits at least for its next attempt'),
  WEBHOOK_BACKOFF_MAX_MS: ms(10, 604_800_000)
    .default(86_400_000)
    .describe('ms; how long it waits at most, after about nine attempts'),
  WEBHOOK_DISABLE_AFTER_MS: ms(100, 8_640_000_000)
    .default(432_000_000)
    .describe('ms; a webhook that has failed for so long without a success in between is disabled'),
  OTEL_EXPORTER_OTLP_ENDPOINT: optionalUrl('http', 'https').describe(
    'address of an OpenTelemetry collector that takes OTLP over HTTP; without it nothing is traced',
  ),
  LOG_LEVEL: oneOf(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
    .default('info')
    .describe('lines below this level are not logged; JSON lines, pretty on a terminal'),
  DATABASE_CONNECTIONS_MAX: count(500).default(10).describe('connections of the hot path to PostgreSQL'),
  READ_CONNECTIONS_MAX: count(100)
    .default(4)
    .describe('connections for reads and administration, apart from the hot path'),
  GROUP_COMMIT_ROWS_MAX: count(5_000).default(1_000).describe('rows; one statement carries about this many at most'),
  GROUP_COMMIT_STATEMENTS_MAX: count(8)
    .default(2)
    .describe('statements that write in flight at once; they share no account'),
  GROUP_COMMIT_BESIDE_MIN: count(5_000)
    .default(32)
    .describe('writes that must be ready for a statement beside one in flight; fewer wait for that one'),
  DRIVE: oneOf(['jobs', 'process'])
    .default('jobs')
    .describe(
      'who drives a transfer that is not finished by the statement that begins it. `jobs`: a job of the queue, which operators can watch. `process`: the process that leads, at once; the queue then has only what another process began, what waits and what is tried again',
    ),
  JOB_WAIT_MAX_MS: ms(100, 600_000)
    .default(2_000)
    .describe(
      'ms; while the first job in the queue waits for longer, processes that do not run jobs answer new transfers 503',
    ),
  JOB_CONCURRENCY: count(1_000).default(64).describe('coordinator jobs that one worker process runs at once'),
  SWEEP_EVERY_MS: ms(100, 60_000)
    .default(1_000)
    .describe('ms; how often pending transfers that no process drives are looked for'),
  ORPHANED_AFTER_MS: ms(100, 600_000)
    .default(2_000)
    .describe('ms; a pending transfer older than this, with no driver heard of, is resumed'),
  REQUESTS_IN_FLIGHT_MAX: count(100_000)
    .default(2_000)
    .describe(
      'requests being answered at once; one more is answered 503, with a longer `Retry-After` the more are refused, 10 s at most',
    ),
  RATE_LIMIT_PER_SECOND: ms(0, 1_000_000)
    .default(0)
    .describe(
      "requests a second that each caller may send to this process, the dashboard's and refused tokens included, more are answered 429; callers without a good token are told apart by address; 0 is no limit",
    ),
  KEEP_FINISHED_DAYS: ms(1, 36_500)
    .default(90)
    .describe(
      "days; finished transfers, events, deliveries to webhooks, idempotency keys and other coordinators' tombstones (these after 30 days at the soonest) are taken away after so long, the journal never",
    ),
  MAILBOX_MAX: count(1_000_000)
    .default(10_000)
    .describe('unanswered commands of one account; one more is answered 503'),
  ACTORS_MAX: count(10_000_000)
    .default(100_000)
    .describe('accounts in memory, about 1 KiB each; over it those used longest ago leave it'),
  ACTOR_IDLE_MS: ms(100, 3_600_000)
    .default(120_000)
    .describe('ms; an account that is not used for this long leaves the memory'),
});

export type Config = z.infer<typeof ConfigSchema>;

/** What is wrong with the environment, with one line for each variable, for people. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** Reads the environment once, at the start. Throws a {@link ConfigError} that names every bad variable, but not its value. */
export function loadConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = ConfigSchema.safeParse(given);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map(({ path, message }) => `  ${String(path[0])}: ${message}`);
  throw new ConfigError(`The configuration is not usable:\n${[...new Set(lines)].join('\n')}`);
}
