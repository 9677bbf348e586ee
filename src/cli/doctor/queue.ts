import { inspectRedis } from '../../adapters/bullmq/redisInspection';
import type { Config } from '../../config';
import { aboutClock } from './clock';
import { type Finding, findingsOf, messageOf } from './finding';

const { ok, advice, wrong } = findingsOf('queue');
const VERSION_MIN = [6, 2] as const;

/** Findings about the job queue. */
export async function aboutQueue({ REDIS_URL }: Config): Promise<Finding[]> {
  if (REDIS_URL === undefined) return [ok('the queue is in PostgreSQL; REDIS_URL would put it on Redis')];
  try {
    const { version, maxmemoryPolicy, maxmemory, clock } = await inspectRedis(REDIS_URL);
    return [aboutVersion(version), aboutPolicy(maxmemoryPolicy, maxmemory), aboutClock('Redis', clock)];
  } catch (error) {
    return [
      wrong(
        `Redis at REDIS_URL cannot be worked with: ${messageOf(error)}`,
        'Start Redis there, or correct host, port, user and password in REDIS_URL.',
      ),
    ];
  }
}

function aboutVersion(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isNewEnough = major > VERSION_MIN[0] || (major === VERSION_MIN[0] && minor >= VERSION_MIN[1]);
  return isNewEnough
    ? ok(`Redis ${version} answers and is new enough`)
    : wrong(`Redis ${version} is too old`, `Install Redis ${VERSION_MIN.join('.')} or newer, or Valkey.`);
}

function aboutPolicy(policy: string | undefined, maxmemory: number): Finding {
  const todo = 'config set maxmemory-policy noeviction, and the same in redis.conf.';
  if (policy === undefined)
    return advice('Redis does not tell its maxmemory-policy', `Make sure that it is noeviction: ${todo}`);
  if (policy !== 'noeviction')
    return wrong(`maxmemory-policy is ${policy}: Redis may drop jobs, and the service does not start`, todo);
  const limit = maxmemory === 0 ? 'no limit of its own' : `${Math.round(maxmemory / 2 ** 20)} MiB`;
  return ok(`maxmemory-policy is noeviction; memory: ${limit}`);
}
