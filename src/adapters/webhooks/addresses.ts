import type { LookupAddress } from 'node:dns';
import { isIP } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import ipaddr from 'ipaddr.js';
import { NameLookUps, socketLookup } from '../calls/nameLookUps';

/** Whether the text is a network in CIDR notation, such as 10.0.0.0/8. */
export function isNetwork(text: string): boolean {
  return ipaddr.isValidCIDR(text);
}

const LOOK_MS = 2_000;
/**
 * The only part of IPv6 with public addresses (RFC 4291, 2.4). Other parts embed IPv4 addresses in their own forms,
 * such as ::127.0.0.1.
 */
const GLOBAL = ipaddr.parseCIDR('2000::/3');

/** Thrown instead of a connection to an address that must not be called. */
export class AddressRefusedError extends Error {
  override readonly name = 'AddressRefusedError';
  readonly code = 'EADDRREFUSED';
}

/**
 * The addresses that Tandem may call for a caller that names them: public addresses, and the networks that the operator
 * allows. Callers must not reach what only this machine can reach, such as a database or a cloud's metadata service.
 */
export class CallableAddresses {
  private readonly allowed: readonly ReturnType<typeof ipaddr.parseCIDR>[];

  constructor(
    networks: readonly string[],
    private readonly names = new NameLookUps(),
  ) {
    this.allowed = networks.map((text) => ipaddr.parseCIDR(text));
  }

  allows(text: string): boolean {
    if (!ipaddr.isValid(text)) return false;
    // An IPv4 address within an IPv6 address counts as IPv4.
    const address = ipaddr.process(text);
    if (address.range() === 'unicast' && (address.kind() === 'ipv4' || address.match(GLOBAL))) return true;
    return this.allowed.some((network) => network[0].kind() === address.kind() && address.match(network));
  }

  /**
   * Why a URL cannot be called with the name's present addresses, as text for people; undefined if it can. A name that
   * does not resolve now may resolve later.
   */
  async whyRefused(url: string): Promise<string | undefined> {
    const host = hostOf(url);
    const found =
      isIP(host) === 0
        ? await Promise.race([this.names.addressesOf(host), noAnswer()]).catch(() => [])
        : [{ address: host }];
    if (found.length === 0 || found.some(({ address }) => this.allows(address))) return undefined;
    return `${host} is no public address; WEBHOOK_ALLOWED_NETWORKS names other networks that may be called`;
  }

  /** Throws if the host is an address that must not be called. Such a host needs no look-up. */
  expectAllowed(url: string): void {
    const host = hostOf(url);
    if (isIP(host) !== 0 && !this.allows(host)) throw new AddressRefusedError();
  }

  /**
   * A `lookup` for sockets. Returns only addresses that may be called, so the socket connects to exactly the checked
   * address.
   */
  readonly lookup = socketLookup(async (hostname) => {
    const usable = (await this.names.addressesOf(hostname)).filter(({ address }) => this.allows(address));
    if (usable.length === 0) throw new AddressRefusedError();
    return usable;
  });
}

/** Limits the wait: a failing look-up takes longer than a request should wait. */
async function noAnswer(): Promise<readonly LookupAddress[]> {
  await sleep(LOOK_MS, undefined, { ref: false });
  return [];
}

/** The host, without the brackets of an IPv6 address. */
function hostOf(url: string): string {
  return new URL(url).hostname.replace(/^\[(.*)\]$/, '$1');
}
