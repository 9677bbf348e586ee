/** Milliseconds from now to what `Retry-After` says, in seconds or as a date (RFC 9110); undefined when it says neither. */
export function retryAfterMs(header: string, nowMs: number): number | undefined {
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - nowMs;
  return Number.isNaN(ms) ? undefined : Math.max(ms, 0);
}
