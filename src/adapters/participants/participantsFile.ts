import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { PARTICIPANT_NAME } from '../../engine/participants';
import { AddressSchema } from '../calls/address';
import { SecretSchema } from '../calls/secret';

const SettingsSchema = z.strictObject({
  url: AddressSchema,
  /** Calls are signed with each secret, so the participant may know the old one, the new one or both. */
  secrets: z.array(SecretSchema).min(1).max(5),
  /** From sending a call to the end of its answer. */
  timeoutMs: z.int().min(10).max(60_000).default(3_000),
  /** The most calls in flight at once, and the most connections. */
  concurrency: z.int().min(1).max(1_000).default(64),
});

const FileSchema = z.record(
  z.string().regex(PARTICIPANT_NAME, 'is no name: 1 to 64 letters, digits and . _ -, the first a letter or digit'),
  SettingsSchema,
);

export type ParticipantSettings = z.infer<typeof SettingsSchema>;
export type ParticipantsFile = ReadonlyMap<string, ParticipantSettings>;

/** Describes the file's errors for people. Quotes only names from the file. */
export class ParticipantsFileError extends Error {
  override readonly name = 'ParticipantsFileError';
}

/**
 * Reads the participants, `{"stock": {"url", "secrets", "timeoutMs"?, "concurrency"?}}`. Throws a
 * {@link ParticipantsFileError} that lists every error.
 */
export function readParticipantsFile(path: string): ParticipantsFile {
  const parsed = FileSchema.safeParse(readJson(path));
  if (parsed.success) return new Map(Object.entries(parsed.data));
  const lines = parsed.error.issues.map((issue) => `  ${issue.path.join('.') || 'the file'}: ${wordsOf(issue)}`);
  throw new ParticipantsFileError(`The participants file ${path} is not usable:\n${lines.join('\n')}`);
}

function wordsOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') {
    const known = Object.keys(SettingsSchema.shape).join(', ');
    return `does not know ${issue.keys.join(', ')}; its members are ${known}`;
  }
  return issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? issue.message) : issue.message;
}

function readJson(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ParticipantsFileError(`The participants file ${path} cannot be read: ${code}`, { cause: error });
  }
  try {
    return JSON.parse(text);
  } catch {
    // The parser's message quotes the text, secrets included, so it is not passed on.
    throw new ParticipantsFileError(`The participants file ${path} is not JSON`);
  }
}
