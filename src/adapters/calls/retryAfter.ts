/**
 * Milliseconds from now to the time in `Retry-After`, which is in seconds or a date (RFC 9110); undefined if it is
 * neither.
 */
export function retryAfterMs(header: string, nowMs: number): number | undefined {
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - nowMs;
  return Number.isNaN(ms) ? undefined : Math.max(ms, 0);
}
