import type { Pool } from 'pg';
import { runAlone } from './pool';

export interface StoredAddress {
  readonly id: string;
  readonly host: string;
  readonly port: number;
}

/**
 * Identifies the running database. A copy of it has another identity, whether it was restored from a dump, made from a
 * template, or promoted from a standby. So it never sends work to the process that leads on the original.
 */
const HERE = `extract(epoch from pg_postmaster_start_time())::text || ' ' || (select oid from pg_database where datname = current_database())`;

const TELL = {
  name: 'tell_leader',
  text: `
insert into leaders as t (queue, id, host, port, here) values ($1, $2, $3, $4, ${HERE})
on conflict (queue) do update
set id = excluded.id, host = excluded.host, port = excluded.port, here = excluded.here, told_at = clock_timestamp()
where (t.id, t.host, t.port, t.here) is distinct from (excluded.id, excluded.host, excluded.port, excluded.here)`,
};

const FIND = { name: 'find_leader', text: `select id, host, port from leaders where queue = $1 and here = ${HERE}` };

/** The process that leads a group of processes, and where it takes work. It may have died since. */
export class LeaderAddresses {
  constructor(
    private readonly pool: Pool,
    /** Processes that share a queue are one group, and have one leader. */
    private readonly queue: string,
  ) {}

  /** Writes only what is different from before. */
  async tell({ id, host, port }: StoredAddress): Promise<void> {
    await runAlone(this.pool, TELL, [this.queue, id, host, port]);
  }

  async find(): Promise<StoredAddress | undefined> {
    const [row] = await runAlone<{ id: string; host: string; port: number }>(this.pool, FIND, [this.queue]);
    return row;
  }
}
