import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SECRET } from '../participants/participantServer';

/** A PARTICIPANTS_FILE on disk. */
export interface ParticipantFile {
  readonly path: string;
  remove(): void;
}

/** Writes one that names these participants, each with its address. */
export function participantFile(urls: Readonly<Record<string, string>>): ParticipantFile {
  const directory = mkdtempSync(join(tmpdir(), 'tandem-participants-'));
  const path = join(directory, 'participants.json');
  const settings = Object.entries(urls).map(([name, url]) => [name, { url, secrets: [SECRET] }]);
  writeFileSync(path, JSON.stringify(Object.fromEntries(settings)));
  return { path, remove: () => rmSync(directory, { recursive: true }) };
}
