import { ANSWER_BYTES_MAX, AnswerTooLongError } from './exchange';

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection lost',
  EPIPE: 'connection lost',
  UND_ERR_SOCKET: 'connection lost',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
  ETIMEDOUT: 'no connection in time',
  ENOTFOUND: 'its name is not known',
  EAI_AGAIN: 'its name cannot be looked up',
  EHOSTUNREACH: 'no way to its address',
  ENETUNREACH: 'no way to its address',
  EADDRREFUSED: 'its address is none that may be called',
  UND_ERR_HEADERS_OVERFLOW: 'answered with headers that are too long',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'answered with a broken body',
};

/** Describes why there was no answer, in our own words: the text of an error may quote what the participant sent. */
export function whyOf(error: unknown, timeoutMs: number): string {
  if (error instanceof AnswerTooLongError) return `answered with more than ${ANSWER_BYTES_MAX / 1024} KiB`;
  if (nameOf(error) === 'TimeoutError') return `no answer within ${timeoutMs} ms`;
  if (nameOf(error) === 'HTTPParserError') return 'answered with something that is not HTTP';
  const code = codeOf(error);
  if (code === undefined) return 'no answer';
  return WORDS[code] ?? (isTls(code) ? `no trusted connection: ${code}` : `no answer: ${code}`);
}

/** The code of the error, or of its cause. If several addresses were tried, the code of the first. */
function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  if ('errors' in error && Array.isArray(error.errors) && error.errors.length > 0) return codeOf(error.errors[0]);
  if ('code' in error && typeof error.code === 'string') return error.code;
  return 'cause' in error ? codeOf(error.cause) : undefined;
}

function nameOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'name' in error ? error.name : undefined;
}

/** The codes that node and OpenSSL use for errors of certificates and handshakes. */
function isTls(code: string): boolean {
  return /CERT|SSL|TLS|SELF_SIGNED|ISSUER|CRL|EPROTO/.test(code);
}
