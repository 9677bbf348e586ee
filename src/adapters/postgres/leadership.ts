import { Client } from 'pg';

export type Standing =
  | 'leads'
  /** Another process leads. */
  | 'follows'
  /** The database did not tell. */
  | 'unknown';

export interface LeadershipOptions {
  readonly connectionString: string;
  /** Processes of one group have one leader: those that share a queue. */
  readonly group: number;
  /** A leader that does not ask for so long loses its standing. */
  readonly silentMaxMs: number;
}

/** Any constant that no other program locks in this database: the bytes of "tndl". */
const LEADER_LOCK = 0x746e646c;
const ANSWER_MS = 1_000;

interface Session {
  readonly client: Client;
  leads: boolean;
}

/**
 * Which one of several processes leads: the one whose session holds a lock. PostgreSQL releases it with the session, at
 * once when the process dies, and ends the session itself (`idle_session_timeout`) when nothing was heard of it, as of
 * a process that is paused. No clock but the server's is asked. There may still be two leaders for a moment, for one that was
 * paused learns late that it leads no longer: leading may save work, never guard anything.
 */
export class Leadership {
  private session: Session | undefined;

  constructor(private readonly options: LeadershipOptions) {}

  /** Asks for the lead, and keeps it. To be called again well within `silentMaxMs`. Never rejects. */
  async ask(): Promise<Standing> {
    try {
      this.session ??= await this.connect();
      const { session } = this;
      session.leads = await askIn(session, this.options.group);
      return session.leads ? 'leads' : 'follows';
    } catch {
      // Why it is away stands in the log of the pool.
      await this.resign();
      return 'unknown';
    }
  }

  /** Gives up the lead, if it is held, and the connection. */
  async resign(): Promise<void> {
    const { session } = this;
    this.session = undefined;
    await session?.client.end().catch(() => undefined);
  }

  private async connect(): Promise<Session> {
    const client = new Client({
      connectionString: this.options.connectionString,
      application_name: 'tandem-leader',
      connectionTimeoutMillis: ANSWER_MS,
      query_timeout: ANSWER_MS,
      keepAlive: true,
      options: `-c idle_session_timeout=${this.options.silentMaxMs}`,
    });
    const session: Session = { client, leads: false };
    // Also what keeps a session that the server has ended from ending the process.
    client.on('error', () => {
      if (this.session === session) this.session = undefined;
    });
    try {
      await client.connect();
    } catch (error) {
      await client.end().catch(() => undefined);
      throw error;
    }
    return session;
  }
}

/** A lock that is held is not taken once more: each time would have to be released. */
async function askIn({ client, leads }: Session, group: number): Promise<boolean> {
  if (leads) {
    await client.query('select');
    return true;
  }
  const { rows } = await client.query<{ leads: boolean }>('select pg_try_advisory_lock($1, $2) as leads', [
    LEADER_LOCK,
    group,
  ]);
  return rows[0]?.leads === true;
}
