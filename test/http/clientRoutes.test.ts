import { TandemClient } from '../../src/client/tandemClient';
import type { TransportRequest } from '../../src/client/transport';
import type { OpenApi } from '../../src/http/docs/document';
import { Edge } from './edgeHarness';

/** What a person opens in a browser. */
const PAGES = ['docs', 'dashboard', 'console'];

const ONE = { origin: 'a', destination: 'b', amount: 1 };

/** A call of the client for each route, by the route's name. */
const CALLS: Readonly<Record<string, (client: TandemClient) => Promise<unknown>>> = {
  index: (client) => client.index(),
  openapi: (client) => client.openApi(),
  live: (client) => client.live(),
  ready: (client) => client.ready(),
  metrics: (client) => client.metrics(),
  openAccount: (client) => client.openAccount('a', { currency: 'EUR' }),
  getAccount: (client) => client.account('a'),
  changeAccount: (client) => client.changeAccount('a', { frozen: 'all' }),
  closeAccount: (client) => client.closeAccount('a'),
  listAccounts: (client) => client.accounts({ limit: 1 }),
  findIdempotencyKey: (client) => client.findIdempotencyKey('k'),
  getBalance: (client) => client.balance('a'),
  deposit: (client) => client.deposit('a', 1),
  withdraw: (client) => client.withdraw('a', 1),
  listEntries: (client) => client.entries('a'),
  listHolds: (client) => client.holds('a'),
  transfer: (client) => client.transferByPath(ONE),
  startTransfer: (client) => client.transfer(ONE),
  startTransfers: (client) => client.transferBatch([{ idempotencyKey: 'k', ...ONE }]),
  getTransfer: (client) => client.getTransfer('t'),
  listTransfers: (client) => client.transfers({ 'metadata.order': '7' }),
  listEvents: (client) => client.events({ types: ['account.opened'], waitMs: 10 }),
  captureTransfer: (client) => client.captureTransfer('t'),
  voidTransfer: (client) => client.voidTransfer('t'),
  abortTransfer: (client) => client.abortTransfer('t'),
  getWalletBalance: (client) => client.walletBalance(),
  depositIntoWallet: (client) => client.walletDeposit(1),
  withdrawFromWallet: (client) => client.walletWithdraw(1),
  getLedger: (client) => client.ledger(),
  listLedgerEntries: (client) => client.ledgerEntries(5),
  recordInLedger: (client) => client.recordInLedger({ kind: 'deposit', amountCents: 1 }),
  listWallets: (client) => client.wallets(),
  listStuckTransfers: (client) => client.stuckTransfers({ olderThanMs: 0 }),
  listParticipants: (client) => client.participants(),
  settleBranch: (client) =>
    client.settleBranch({ transfer: 't', participant: 'stock', branch: 'b' }, { as: 'committed', note: 'seen' }),
  createWebhook: (client) => client.createWebhook({ url: 'https://h.example', types: ['transfer.committed'] }),
  listWebhooks: (client) => client.webhooks(),
  getWebhook: (client) => client.webhook('w'),
  deleteWebhook: (client) => client.deleteWebhook('w'),
  rotateWebhookSecret: (client) => client.rotateWebhookSecret('w', { graceMs: 0 }),
  enableWebhook: (client) => client.enableWebhook('w'),
  listDeliveries: (client) => client.deliveries('w', { status: 'pending' }),
  replayEvents: (client) => client.replayEvents('w', { after: 'oldest' }),
  listForeignBranches: (client) => client.foreignBranches(),
  settleForeignBranch: (client) =>
    client.settleForeignBranch(
      { coordinator: 'north', transaction: 't', branch: 'b' },
      { as: 'aborted', note: 'seen' },
    ),
  resumeTransfer: (client) => client.resumeTransfer('t'),
};

interface Described {
  readonly method: string;
  readonly path: string;
  readonly takesKey: boolean;
}

describe('the typed client and the routes of the service', () => {
  const edge = new Edge();
  let routes: ReadonlyMap<string, Described>;

  beforeAll(async () => {
    const { url } = await edge.start();
    const document = (await (await fetch(`${url}/openapi.json`)).json()) as OpenApi;
    routes = new Map(
      Object.entries(document.paths).flatMap(([path, methods]) =>
        Object.entries(methods).map(([method, { operationId, parameters }]) => {
          const takesKey = parameters.some((parameter) => JSON.stringify(parameter).includes('Idempotency-Key'));
          return [operationId, { method: method.toUpperCase(), path, takesKey }] as const;
        }),
      ),
    );
  });

  afterAll(() => edge.stop());

  it('has a method for every route; add those that are missing to src/client/tandemClient.ts, and their calls here', () => {
    const missing = [...routes.keys()].filter((name) => !Object.hasOwn(CALLS, name) && !PAGES.includes(name));
    expect({ missing }).toEqual({ missing: [] });
    const gone = Object.keys(CALLS).filter((name) => !routes.has(name));
    expect({ gone }).toEqual({ gone: [] });
  });

  it.each(Object.entries(CALLS))(
    'calls %s as its route is described, with a key where it takes one',
    async (name, call) => {
      const sent: TransportRequest[] = [];
      const client = new TandemClient('http://h', {
        transport: (request) => {
          sent.push(request);
          return Promise.resolve({ status: 200, header: () => undefined, text: '{}' });
        },
      });
      await call(client);
      const route = routes.get(name);
      if (!route) throw new Error(`there is no route ${name}`);
      expect(sent.map(({ method }) => method)).toEqual([route.method]);
      const pattern = new RegExp(`^${route.path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`);
      expect(new URL(sent[0]?.url ?? '').pathname).toMatch(pattern);
      expect(sent[0]?.headers['idempotency-key'] !== undefined).toBe(route.takesKey);
    },
  );
});
