import type { JournalStore } from './store';
import type { Stream } from './stream';
import type { Question } from './unit';

/** The most accounts and questions in one read. */
const READ_MAX = 500;

/**
 * Reads what units wait for, many at once, while a statement is in flight. Reports a failed read; the next look asks
 * again.
 */
export class Loader<Q, R> {
  private readonly streams = new Set<Stream>();
  private readonly questions = new Set<Question>();
  private readonly reading = new Set<Stream | Question>();
  private running = false;
  /** Set while a read is scheduled and has not started. */
  private scheduled: NodeJS.Immediate | undefined;

  constructor(
    private readonly store: JournalStore<Q, R>,
    private readonly loaded: () => void,
    private readonly failed: (error: unknown) => void,
  ) {}

  load(stream: Stream): void {
    if (this.reading.has(stream)) return;
    this.streams.add(stream);
    this.schedule();
  }

  ask(question: Question): void {
    if (this.reading.has(question)) return;
    this.questions.add(question);
    this.schedule();
  }

  /** Starts the scheduled read now, if there is one. */
  startNow(): void {
    if (!this.scheduled) return;
    clearImmediate(this.scheduled);
    this.scheduled = undefined;
    void this.run();
  }

  /** Starts a read at the end of this turn, so that it serves everything that this turn asks for. */
  private schedule(): void {
    if (this.running) return;
    this.scheduled ??= setImmediate(() => this.startNow());
  }

  private async run(): Promise<void> {
    this.running = true;
    const streams = takeSome(this.streams);
    const questions = takeSome(this.questions);
    for (const wanted of [...streams, ...questions]) this.reading.add(wanted);
    let error: unknown;
    try {
      await Promise.all([this.readStreams(streams), this.readAnswers(questions)]);
    } catch (cause) {
      error = cause ?? new Error('a read failed');
    }
    this.reading.clear();
    this.running = false;
    if (this.streams.size + this.questions.size > 0) this.schedule();
    if (error === undefined) this.loaded();
    else this.failed(error);
  }

  private async readStreams(streams: readonly Stream[]): Promise<void> {
    if (streams.length === 0) return;
    const snapshots = await this.store.load(streams.map(({ id }) => id));
    streams.forEach((stream, index) => {
      const snapshot = snapshots[index];
      if (snapshot && !stream.isLoaded) stream.load(snapshot);
    });
  }

  private async readAnswers(questions: readonly Question[]): Promise<void> {
    const keys = questions.filter((question) => question.kind === 'key');
    const branches = questions.filter((question) => question.kind === 'branch');
    const foreign = questions.filter((question) => question.kind === 'foreign');
    const existing = questions.filter((question) => question.kind === 'exists');
    if (keys.length > 0) {
      const uses = await this.store.readKeys(keys.map(({ key }) => key));
      for (const [index, question] of keys.entries()) question.answer(uses[index]);
    }
    if (branches.length > 0) {
      const states = await this.store.readBranches(branches.map(({ of }) => of));
      for (const [index, question] of branches.entries()) question.answer(states[index]);
    }
    if (foreign.length > 0) {
      const found = await this.store.readForeign(foreign.map(({ id }) => id));
      for (const [index, question] of foreign.entries()) question.answer(found[index]);
    }
    if (existing.length > 0) {
      const ids = await this.store.existing(existing.map(({ id }) => id));
      for (const question of existing) question.answer(ids.has(question.id));
    }
  }
}

function takeSome<T>(from: Set<T>): T[] {
  const taken: T[] = [];
  for (const item of from) {
    if (taken.length >= READ_MAX) break;
    taken.push(item);
    from.delete(item);
  }
  return taken;
}
