import { createHash } from 'node:crypto';
import type { ConnectionOptions, TlsOptions } from 'node:tls';

/** RFC 8446, 2.2: the key that both sides know authenticates both. The ephemeral key gives forward secrecy. */
const TLS = { ciphers: 'TLS_AES_128_GCM_SHA256', minVersion: 'TLSv1.3', maxVersion: 'TLSv1.3' } as const;
const IDENTITY = 'tandem';
const HANDSHAKE_MS = 2_000;

/** What the leader's side of a connection demands. Only a peer with the same secret gets beyond the handshake. */
export function serverSecurity(secret: string): TlsOptions {
  const psk = keyOf(secret);
  return { ...TLS, handshakeTimeout: HANDSHAKE_MS, pskCallback: () => psk };
}

/** What the other side demands. A server that shows a certificate, instead of knowing the secret, is refused. */
export function clientSecurity(secret: string): ConnectionOptions {
  const psk = keyOf(secret);
  return {
    ...TLS,
    ca: [],
    // Not left to NODE_TLS_REJECT_UNAUTHORIZED, which is set for the certificates of others.
    rejectUnauthorized: true,
    checkServerIdentity: () => new Error('the server does not know the secret'),
    pskCallback: () => ({ psk, identity: IDENTITY }),
  };
}

function keyOf(secret: string): Buffer {
  return createHash('sha256').update(`tandem peers\n${secret}`).digest();
}
