import type { Log } from '../../engine/log';
import type { ParticipantAnswer, ParticipantRequest, ParticipantStatus, Participants } from '../../engine/participants';
import { NameLookUps, socketLookup } from '../calls/nameLookUps';
import type { ParticipantsFile } from './participantsFile';
import { RemoteParticipant } from './remoteParticipant';

/** The participants, over HTTP, as docs/participants.md defines. They are independent: none waits for another. */
export class RemoteParticipants implements Participants {
  private readonly byName: ReadonlyMap<string, RemoteParticipant>;

  /** `nowMs` is the time of day in milliseconds: signatures carry it, and the receiver compares it with its own. */
  constructor(file: ParticipantsFile, nowMs: () => number, log: Log) {
    const lookup = socketLookup(new NameLookUps().addressesOf);
    this.byName = new Map(
      [...file].map(([name, settings]) => [name, new RemoteParticipant(name, settings, nowMs, log, lookup)]),
    );
  }

  names(): readonly string[] {
    return [...this.byName.keys()];
  }

  async call(name: string, request: ParticipantRequest): Promise<ParticipantAnswer> {
    const participant = this.byName.get(name);
    // A stored transaction may name a participant that is no longer in the file. It is called again once the file has
    // it again.
    if (!participant) return { kind: 'unknown', why: 'not sent: no participant of this name is configured' };
    return participant.call(request);
  }

  status(): readonly ParticipantStatus[] {
    return [...this.byName.values()].map((participant) => participant.status());
  }

  /** Cuts off the calls in flight. The next driver of the transactions repeats them. */
  async close(): Promise<void> {
    await Promise.all([...this.byName.values()].map((participant) => participant.close()));
  }
}
