import { parseArgs } from 'node:util';
import { z } from 'zod';
import { AddressSchema } from '../adapters/calls/address';
import { SecretSchema } from '../adapters/calls/secret';
import { wallClockMs } from '../adapters/systemClock';
import { PAYLOAD_BYTES_MAX } from '../engine/participants';
import { check } from './check/check';
import type { Subject } from './check/probe';
import { tableOf } from './check/table';
import { type Command, EXIT, UsageError } from './command';

const USAGE = `Usage: tandem check-participant URL --secret whsec_… [options]

Attacks a participant of transfers and tells which rules of the protocol it keeps (docs/participants.md has them). It
makes some thousand calls, commits some dozens of branches and aborts the rest: give it a participant whose data may change.

  URL                       as in the participants file: calls go to URL/{transaction}/{branch}/{call}
  --secret whsec_…          a secret that the participant knows; or PARTICIPANT_SECRET in the environment, which other
                            users of the machine cannot see
  --payload JSON            a payload that the participant accepts, some thousand times if each is aborted; default {}
  --refused-payload JSON    a payload that it refuses; without one, refusals are not checked
  --races N                 how often prepare and abort race, 1 to 100000; default 1000
  --timeout MS              for each answer; default 10000

Exits with 0 when every rule that was checked held, with 1 when one did not, with 2 when it could not be checked.`;

const json = z.string().transform((text, context) => {
  try {
    if (Buffer.byteLength(text) <= PAYLOAD_BYTES_MAX) return JSON.parse(text) as unknown;
  } catch {
    // The issue that is added below reports the error.
  }
  context.addIssue({ code: 'custom', message: `must be JSON of at most ${PAYLOAD_BYTES_MAX / 1024} KiB` });
  return z.NEVER;
});

const ArgumentsSchema = z.object({
  URL: AddressSchema,
  secret: SecretSchema,
  payload: json.default({}),
  'refused-payload': json.optional(),
  races: z.coerce.number().int().min(1).max(100_000).default(1_000),
  timeout: z.coerce.number().int().min(10).max(600_000).default(10_000),
});

export const checkParticipant: Command = {
  summary: 'attacks a participant of transfers and tells which rules it keeps',
  usage: USAGE,
  async run(args, out) {
    const stop = new AbortController();
    // A second signal ends the process at once.
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => stop.abort());
    const report = await check(readSubject(args, process.env), wallClockMs, stop.signal);
    for (const line of tableOf(report)) out.print(line);
    if (report.kind === 'not-checked') return EXIT.notRun;
    return report.results.some(({ finding }) => finding.kind === 'broken') ? EXIT.failed : EXIT.ok;
  },
};

export function readSubject(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Subject {
  const { values, positionals } = parse(args);
  const [url, ...more] = positionals;
  if (more.length > 0) throw new UsageError(`One URL is enough.\n\n${USAGE}`);
  const secret = values.secret ?? environment['PARTICIPANT_SECRET'];
  const read = ArgumentsSchema.safeParse({ URL: url, ...values, secret });
  if (!read.success) {
    const lines = read.error.issues.map(({ path, message }) => `  ${path.join('.')}: ${message}`);
    if (secret === undefined)
      lines.push(
        'Give --secret whsec_…, or set PARTICIPANT_SECRET: the participant checks that calls are signed with it.',
      );
    throw new UsageError(`The arguments are not usable:\n${lines.join('\n')}\n\n${USAGE}`);
  }
  const { URL: address, payload, races, timeout, 'refused-payload': refusedPayload } = read.data;
  return { url: address, secret: read.data.secret, payload, refusedPayload, races, timeoutMs: timeout };
}

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { secret: text, payload: text, 'refused-payload': text, races: text, timeout: text },
    });
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : 'The arguments are not usable'}\n\n${USAGE}`);
  }
}
