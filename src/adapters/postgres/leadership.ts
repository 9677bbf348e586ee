import { Client } from 'pg';
import type { Log } from '../../engine/log';

export type Standing =
  | 'leads'
  /** Another process leads. */
  | 'follows'
  /** The database did not tell. */
  | 'unknown';

export interface LeadershipOptions {
  readonly connectionString: string;
  /** Processes of one group have one leader: those that share a queue. */
  readonly group: string;
  /** A leader that does not ask for this long loses the lead. */
  readonly silentMaxMs: number;
}

/** Any constant that no other program locks in this database: the bytes of "tndl". */
const LEADER_LOCK = 0x746e646c;
const ANSWER_MS = 1_000;
/** A process that could not ask this many times in a row leads: two leaders do no harm, none at all would. */
const ASKED_IN_VAIN_MAX = 12;

interface Session {
  readonly client: Client;
  leads: boolean;
}

/**
 * Which one of several processes leads: the one whose session holds a lock. PostgreSQL releases it with the session, at
 * once when the process dies, and ends the session itself (`idle_session_timeout`) when nothing was heard of it, as of
 * a process that is paused. No clock but the server's is asked. There may still be two leaders for a while, for one that was
 * paused learns late that it leads no longer: leading may save work, never guard anything.
 */
export class Leadership {
  private session: Session | undefined;
  private askedInVain = 0;
  private closed = false;

  constructor(
    private readonly options: LeadershipOptions,
    private readonly log: Log,
  ) {}

  /** Asks for the lead, and keeps it. To be called again well within `silentMaxMs`. Never rejects. */
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

  /** Gives up the lead, if it is held. The next question asks for it again. */
  resign(): void {
    const { session } = this;
    this.session = undefined;
    // Not waited for: a server that has vanished would not answer.
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
    // Also what keeps a session that the server has ended from ending the process.
    client.on('error', () => {
      if (this.session === session) this.session = undefined;
    });
    await client.connect();
    // A client that is ended while it connects would never answer, so that is looked at now.
    this.session = session;
    if (this.closed) throw new Error('the lead was given up while it was asked for');
    // Not among the connection's options, which an address may have of its own.
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
