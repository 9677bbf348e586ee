import { WholeService } from '../http/serviceHarness';
import { BACKENDS } from '../support/realJobs';
import { REDIS } from '../support/servers';
import { Receiver } from './receiver';

const SETTINGS = { WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8', SWEEP_EVERY_MS: '200', WEBHOOK_BACKOFF_MIN_MS: '50' };

describe.each(BACKENDS)('webhooks, with the queue on %s', (backend) => {
  let service: WholeService;
  let receiver: Receiver;

  beforeAll(async () => {
    const redis = process.env[REDIS];
    service = await WholeService.start({ ...SETTINGS, ...(backend === 'redis' && redis ? { REDIS_URL: redis } : {}) });
    receiver = await Receiver.start();
  });

  afterAll(async () => {
    await service.stop();
    await receiver.stop();
  });

  it('are told of an event, signed', async () => {
    const admin = service.client.as('admin-token');
    const made = await admin.post('/webhooks', { body: { url: receiver.url, types: ['account.opened'] } });
    expect(made).toMatchObject({ status: 201, body: { url: receiver.url, pending: 0 } });
    const secret = String(made.body['secret']);
    await service.client.post('/account/alice');
    const sent = await receiver.until('account.opened', 'alice', secret);
    expect(sent).toMatchObject({ type: 'account.opened', data: { account: 'alice', version: sent.version } });
    const { body } = await admin.get(`/webhooks/${String(made.body['id'])}/deliveries`);
    expect(body['items']).toMatchObject([
      { type: 'account.opened', status: 'delivered', attempts: 1, answerStatus: 204 },
    ]);
  });
});
