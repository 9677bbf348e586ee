import { randomUUID } from 'node:crypto';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';

export interface SignatureHeaders {
  readonly 'webhook-id': string;
  /** Seconds since 1970. */
  readonly 'webhook-timestamp': string;
  /** One signature for each secret, separated by spaces. */
  readonly 'webhook-signature': string;
}

/**
 * Signs bodies as Standard Webhooks defines, once with each secret: all secrets are valid while one replaces another.
 */
export class Signer {
  private readonly webhooks: readonly Webhook[];

  constructor(secrets: readonly string[]) {
    this.webhooks = secrets.map((secret) => new Webhook(secret));
  }

  /**
   * Every call gets a new id, even a repeated call. A receiver that skips known ids would otherwise skip a call that is
   * repeated because it was not carried out.
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

/** The signature headers of a request, as the server read them. */
export type ReceivedHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface KnownSecret {
  /** The signer. One name may have several secrets while one replaces another. */
  readonly name: string;
  readonly secret: string;
}

/** Identifies who signed a request: the receiving side of {@link Signer}. */
export class SignatureVerifier {
  private readonly known: readonly { readonly name: string; readonly webhook: Webhook }[];

  constructor(secrets: readonly KnownSecret[]) {
    this.known = secrets.map(({ name, secret }) => ({ name, webhook: new Webhook(secret) }));
  }

  /**
   * Returns the name whose secret signed these bytes, over `id.timestamp.body`, at most five minutes ago or ahead.
   * Returns undefined if the signature is missing, stale or of an unknown secret. Tries every known secret and compares
   * in constant time, so that response times reveal nothing.
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

/** A header that is present twice counts as missing. */
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
