import { SignatureVerifier } from '../adapters/calls/signature';
import { parseCallerSecrets } from '../adapters/participants/callerSecrets';
import { DEMO_NAME, DemoParticipant } from '../adapters/participants/demoParticipant';
import {
  type ParticipantsFile,
  ParticipantsFileError,
  readParticipantsFile,
} from '../adapters/participants/participantsFile';
import { RemoteParticipants } from '../adapters/participants/remoteParticipants';
import { wallClockMs } from '../adapters/systemClock';
import { type Config, ConfigError } from '../config';
import type { Log } from '../engine/log';
import { isAuthenticated } from './composeAuth';
import type { Lifecycle } from './lifecycle';

export interface ComposedParticipants {
  /** The services that this one may call as participants. */
  readonly remote: RemoteParticipants;
  /** Identifies the service that signed a request to take part here. Undefined when no service may. */
  readonly callers: SignatureVerifier | undefined;
}

/**
 * A participant to try the protocol with. It runs only where the service serves every caller and one process does
 * everything: another process would have its own demo, which the console cannot switch.
 */
export async function composeDemo(config: Config, life: Lifecycle): Promise<DemoParticipant | undefined> {
  if (isAuthenticated(config) || config.ROLE !== 'all') return undefined;
  const demo = await DemoParticipant.start();
  life.started('demo participant', () => demo.close());
  return demo;
}

/** Throws a {@link ConfigError} that says what is wrong with the file or the secrets. The error quotes no secret. */
export function composeParticipants(
  config: Config,
  log: Log,
  life: Lifecycle,
  demo?: DemoParticipant,
): ComposedParticipants {
  const remote = openRemote(config.PARTICIPANTS_FILE, log, demo);
  const callers = openCallers(config.PARTICIPANT_SECRETS);
  life.started('participants', () => remote.close());
  return { remote, callers };
}

function openRemote(path: string | undefined, log: Log, demo: DemoParticipant | undefined): RemoteParticipants {
  try {
    const file: ParticipantsFile = path === undefined ? new Map() : readParticipantsFile(path);
    return new RemoteParticipants(demo ? new Map([[DEMO_NAME, demo.settings], ...file]) : file, wallClockMs, log);
  } catch (error) {
    if (error instanceof ParticipantsFileError) throw notUsable('PARTICIPANTS_FILE', error);
    throw error;
  }
}

function openCallers(text: string | undefined): SignatureVerifier | undefined {
  if (text === undefined) return undefined;
  try {
    return new SignatureVerifier(parseCallerSecrets(text));
  } catch (error) {
    throw notUsable('PARTICIPANT_SECRETS', error);
  }
}

function notUsable(key: string, error: unknown): ConfigError {
  const words = error instanceof Error ? error.message : 'cannot be read';
  return new ConfigError(`The configuration is not usable:\n  ${key}: ${words}`);
}
