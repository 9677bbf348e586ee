import type { Pool } from 'pg';
import { runAlone } from './pool';

export interface StoredAddress {
  readonly host: string;
  readonly port: number;
}

const TELL = {
  name: 'tell_leader',
  text: `
insert into leaders as t (queue, host, port) values ($1, $2, $3)
on conflict (queue) do update set host = excluded.host, port = excluded.port, told_at = clock_timestamp()
where (t.host, t.port) is distinct from (excluded.host, excluded.port)`,
};

const FIND = { name: 'find_leader', text: 'select host, port from leaders where queue = $1' };

/** Where the leader of a group of processes takes work. A hint: the last process that led may be dead. */
export class LeaderAddresses {
  constructor(
    private readonly pool: Pool,
    /** Processes that share a queue are one group, and have one leader. */
    private readonly queue: string,
  ) {}

  /** Writes only when the address is another one than before. */
  async tell({ host, port }: StoredAddress): Promise<void> {
    await runAlone(this.pool, TELL, [this.queue, host, port]);
  }

  async find(): Promise<StoredAddress | undefined> {
    const [row] = await runAlone<{ host: string; port: number }>(this.pool, FIND, [this.queue]);
    return row;
  }
}
