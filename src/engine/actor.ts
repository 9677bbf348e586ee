import { OverloadedError } from './faults';

/** Answers one message, once. */
export interface Reply<R> {
  resolve(answer: R): void;
  reject(error: unknown): void;
}

/** What an actor does. A new one that knows nothing yet takes its place whenever it threw. */
export interface Behaviour<M, R> {
  /**
   * Handles one message. The next one waits only while a returned promise is pending; a reply may come later than
   * that. Throwing (or rejecting) restarts the actor; the message that caused it is answered with the error.
   */
  receive(message: M, reply: Reply<R>): void | Promise<void>;
}

export interface ActorOptions<M, R> {
  readonly start: () => Behaviour<M, R>;
  /** Messages that may be unanswered at once, waiting ones included. */
  readonly mailboxMax: number;
  readonly onRestart: (error: unknown) => void;
}

interface Letter<M, R> {
  readonly message: M;
  readonly reply: Reply<R>;
}

/** A mailbox processed strictly in order by one behaviour at a time. */
export class Actor<M, R> {
  private readonly mailbox: Letter<M, R>[] = [];
  private behaviour: Behaviour<M, R> | undefined;
  private running = false;
  private unanswered = 0;

  constructor(private readonly options: ActorOptions<M, R>) {}

  /** Messages not yet answered. An actor with none may be passivated. */
  get load(): number {
    return this.unanswered;
  }

  /** Rejects with {@link OverloadedError}, nothing begun, when the mailbox is full. */
  ask(message: M): Promise<R> {
    if (this.unanswered >= this.options.mailboxMax) return Promise.reject(new OverloadedError('The mailbox is full'));
    this.unanswered += 1;
    return new Promise<R>((resolve, reject) => {
      this.mailbox.push({ message, reply: this.once(resolve, reject) });
      if (!this.running) void this.run();
    });
  }

  /** A message that was answered and then made its handler throw must not be counted twice. */
  private once(resolve: (answer: R) => void, reject: (error: unknown) => void): Reply<R> {
    let answered = false;
    const settle = (answer: () => void): void => {
      if (answered) return;
      answered = true;
      this.unanswered -= 1;
      answer();
    };
    return { resolve: (answer) => settle(() => resolve(answer)), reject: (error) => settle(() => reject(error)) };
  }

  private async run(): Promise<void> {
    this.running = true;
    for (let letter = this.mailbox[0]; letter; letter = this.mailbox[0]) {
      this.mailbox.shift();
      try {
        this.behaviour ??= this.options.start();
        const busy = this.behaviour.receive(letter.message, letter.reply);
        if (busy) await busy;
      } catch (error) {
        this.behaviour = undefined;
        letter.reply.reject(error);
        this.options.onRestart(error);
      }
    }
    this.running = false;
  }
}
