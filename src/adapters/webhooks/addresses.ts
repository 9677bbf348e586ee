import type { LookupAddress } from 'node:dns';
import { isIP } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import ipaddr from 'ipaddr.js';
import { NameLookUps, socketLookup } from '../calls/nameLookUps';

/** Whether it is a network as people write it, such as 10.0.0.0/8. */
export function isNetwork(text: string): boolean {
  return ipaddr.isValidCIDR(text);
}

const LOOK_MS = 2_000;
/** The only part of IPv6 that has public addresses (RFC 4291, 2.4). Elsewhere are IPv4 ones in forms of their own, such as ::127.0.0.1. */
const GLOBAL = ipaddr.parseCIDR('2000::/3');

/** A connection that is not made, because the address is not one that may be called. */
export class AddressRefusedError extends Error {
  override readonly name = 'AddressRefusedError';
  readonly code = 'EADDRREFUSED';
}

/**
 * Which addresses may be called on behalf of those who name them: public ones, and the networks that the operator allows. What is only
 * reachable from here, a database or what a cloud tells its machines, is none of theirs.
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
    // An IPv4 address within an IPv6 one counts as what it is.
    const address = ipaddr.process(text);
    if (address.range() === 'unicast' && (address.kind() === 'ipv4' || address.match(GLOBAL))) return true;
    return this.allowed.some((network) => network[0].kind() === address.kind() && address.match(network));
  }

  /** Why a URL cannot be called as its name is looked up now, for people. A name that is not known yet may be known later. */
  async whyRefused(url: string): Promise<string | undefined> {
    const host = hostOf(url);
    const found =
      isIP(host) === 0
        ? await Promise.race([this.names.addressesOf(host), noAnswer()]).catch(() => [])
        : [{ address: host }];
    if (found.length === 0 || found.some(({ address }) => this.allows(address))) return undefined;
    return `${host} is no public address; WEBHOOK_ALLOWED_NETWORKS names other networks that may be called`;
  }

  /** A host that is an address itself is looked up by nothing. */
  expectAllowed(url: string): void {
    const host = hostOf(url);
    if (isIP(host) !== 0 && !this.allows(host)) throw new AddressRefusedError();
  }

  /** For sockets: looks names up, and gives only addresses that may be called. So it is this very address that is connected to. */
  readonly lookup = socketLookup(async (hostname) => {
    const usable = (await this.names.addressesOf(hostname)).filter(({ address }) => this.allows(address));
    if (usable.length === 0) throw new AddressRefusedError();
    return usable;
  });
}

/** Where names are looked up in vain, that takes longer than a request is to wait. */
async function noAnswer(): Promise<readonly LookupAddress[]> {
  await sleep(LOOK_MS, undefined, { ref: false });
  return [];
}

/** Without the brackets of an IPv6 address. */
function hostOf(url: string): string {
  return new URL(url).hostname.replace(/^\[(.*)\]$/, '$1');
}
