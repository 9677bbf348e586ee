import type { Pool } from 'pg';
import type { LeaderAddress } from '../peers/leaderConnection';
import { runAlone } from './pool';

/**
 * Identifies the running database. A copy of it has another identity, whether it was restored from a dump, made from a
 * template, or promoted from a standby. So a process on a copy does not find the leader of the original.
 */
const INSTANCE = `extract(epoch from pg_postmaster_start_time())::text || ' ' || (select oid from pg_database where datname = current_database())`;

const PUBLISH = {
  name: 'publish_leader',
  text: `
insert into leaders as t (queue, id, host, port, instance) values ($1, $2, $3, $4, ${INSTANCE})
on conflict (queue) do update
set id = excluded.id, host = excluded.host, port = excluded.port, instance = excluded.instance, published_at = clock_timestamp()
where (t.id, t.host, t.port, t.instance) is distinct from (excluded.id, excluded.host, excluded.port, excluded.instance)`,
};

const FIND = {
  name: 'find_leader',
  text: `select id, host, port from leaders where queue = $1 and instance = ${INSTANCE}`,
};

/** The process that leads a group of processes, and where it takes work. It may have died since. */
export class LeaderAddresses {
  constructor(
    private readonly pool: Pool,
    /** Processes that share a queue are one group, and have one leader. */
    private readonly queue: string,
  ) {}

  /** Writes only what is different from before. */
  async publish({ id, host, port }: LeaderAddress): Promise<void> {
    await runAlone(this.pool, PUBLISH, [this.queue, id, host, port]);
  }

  async find(): Promise<LeaderAddress | undefined> {
    const [row] = await runAlone<{ id: string; host: string; port: number }>(this.pool, FIND, [this.queue]);
    return row;
  }
}
