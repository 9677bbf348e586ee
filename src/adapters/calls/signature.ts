import { randomUUID } from 'node:crypto';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';

export interface SignatureHeaders {
  readonly 'webhook-id': string;
  /** Seconds since 1970. */
  readonly 'webhook-timestamp': string;
  /** One signature for each secret, a space between them. */
  readonly 'webhook-signature': string;
}

/** Signs bodies as Standard Webhooks has it, once with each secret: all of them are good while one replaces another. */
export class Signer {
  private readonly webhooks: readonly Webhook[];

  constructor(secrets: readonly string[]) {
    this.webhooks = secrets.map((secret) => new Webhook(secret));
  }

  /**
   * Every call gets an id of its own, a repeated one too: a receiver that takes a known id for done would leave out what it
   * is asked again because it was not done.
   */
  sign(body: string, atMs: number, id: string = randomUUID()): SignatureHeaders {
    const at = new Date(atMs);
    return {
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(atMs / 1000)),
      'webhook-signature': this.webhooks.map((webhook) => webhook.sign(id, at, body)).join(' '),
    };
  }
}

/** What a request says of its signature, as the server read its headers. */
export type ReceivedHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface KnownSecret {
  /** Who signs with it. One name may have several while one replaces another. */
  readonly name: string;
  readonly secret: string;
}

/** Tells who signed a request: the receiving side of {@link Signer}. */
export class SignatureVerifier {
  private readonly known: readonly { readonly name: string; readonly webhook: Webhook }[];

  constructor(secrets: readonly KnownSecret[]) {
    this.known = secrets.map(({ name, secret }) => ({ name, webhook: new Webhook(secret) }));
  }

  /**
   * The name whose secret signed these bytes, over `id.timestamp.body`, no more than five minutes ago or ahead; undefined for
   * a signature that is missing, stale or of an unknown secret. Every known secret is tried, and compared in constant time,
   * so that the time of an answer tells nothing.
   */
  signer(headers: ReceivedHeaders, body: Buffer): string | undefined {
    const given = {
      'webhook-id': only(headers['webhook-id']),
      'webhook-timestamp': only(headers['webhook-timestamp']),
      'webhook-signature': only(headers['webhook-signature']),
    };
    if (!SECONDS.test(given['webhook-timestamp'])) return undefined;
    let found: string | undefined;
    for (const { name, webhook } of this.known) if (verifies(webhook, given, body)) found = name;
    return found;
  }
}

const SECONDS = /^\d{1,12}$/;

/** A header that came twice counts as missing. */
function only(value: string | readonly string[] | undefined): string {
  return typeof value === 'string' ? value : '';
}

function verifies(webhook: Webhook, headers: SignatureHeaders, body: Buffer): boolean {
  try {
    webhook.verify(body, { ...headers }, { jsonParse: false });
    return true;
  } catch (error) {
    if (error instanceof WebhookVerificationError) return false;
    throw error;
  }
}
