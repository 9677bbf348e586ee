import { Client } from 'pg';
import type { Log } from '../../engine/log';

export type Standing =
  | 'leads'
  /** Another process leads. */
  | 'follows'
  /** The database did not answer. */
  | 'unknown';

export interface LeadershipOptions {
  readonly connectionString: string;
  /** Processes that share a queue are one group, and have one leader. */
  readonly group: string;
  /** A leader that does not call `ask` for this long loses the lead. */
  readonly silentMaxMs: number;
}

/** Any constant that no other program locks in this database: the bytes of "tndl". */
const LEADER_LOCK = 0x746e646c;
const ANSWER_MS = 1_000;
/** After this many failed calls in a row a process assumes the lead: two leaders do no harm, no leader would. */
const ASKED_IN_VAIN_MAX = 12;

interface Session {
  readonly client: Client;
  leads: boolean;
}

/**
 * Elects one leader among several processes: the process whose session holds an advisory lock. PostgreSQL releases the
 * lock with the session, at once when the process dies. It also ends a session that is silent (`idle_session_timeout`),
 * for example of a paused process. Only the server's clock counts. Two leaders are still possible for a while, because
 * a paused process learns late that it lost the lead. So leading may save work, and must never guard anything.
 */
export class Leadership {
  private session: Session | undefined;
  private askedInVain = 0;
  private closed = false;

  constructor(
    private readonly options: LeadershipOptions,
    private readonly log: Log,
  ) {}

  /** Asks for the lead, and keeps it. Call it well within `silentMaxMs` each time. Never rejects. */
  async ask(): Promise<Standing> {
    try {
      const session = this.session ?? (await this.connect());
      session.leads = session.leads ? await isAlive(session) : await takeLock(session, this.options.group);
      this.askedInVain = 0;
      return session.leads ? 'leads' : 'follows';
    } catch (error) {
      this.resign();
      this.askedInVain += 1;
      if (this.askedInVain === 1) this.log.warn({ err: error }, 'the database does not tell who runs the jobs');
      return this.askedInVain < ASKED_IN_VAIN_MAX ? 'unknown' : 'leads';
    }
  }

  /** Gives up the lead, if held. The next `ask` requests it again. */
  resign(): void {
    const { session } = this;
    this.session = undefined;
    // Not awaited: a server that has vanished would not answer.
    session?.client.end().catch(() => undefined);
  }

  /** Gives up the lead for good. */
  close(): void {
    this.closed = true;
    this.resign();
  }

  private async connect(): Promise<Session> {
    const client = new Client({
      connectionString: this.options.connectionString,
      application_name: 'tandem-leader',
      connectionTimeoutMillis: ANSWER_MS,
      query_timeout: ANSWER_MS,
      keepAlive: true,
    });
    const session: Session = { client, leads: false };
    // Without this listener, a session that the server ended would end the process.
    client.on('error', () => {
      if (this.session === session) this.session = undefined;
    });
    await client.connect();
    // A client that is closed while it connects would never settle, so `closed` is checked only now.
    this.session = session;
    if (this.closed) throw new Error('the lead was given up while it was asked for');
    // Not set by the connection's options: the address may have its own.
    await client.query(`select set_config('idle_session_timeout', $1, false)`, [String(this.options.silentMaxMs)]);
    return session;
  }
}

async function isAlive({ client }: Session): Promise<true> {
  await client.query('select');
  return true;
}

async function takeLock({ client }: Session, group: string): Promise<boolean> {
  const { rows } = await client.query<{ leads: boolean }>('select pg_try_advisory_lock($1, hashtext($2)) as leads', [
    LEADER_LOCK,
    group,
  ]);
  return rows[0]?.leads === true;
}
