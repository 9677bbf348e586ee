import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type MetricSources, Metrics } from '../../src/adapters/prometheus/metrics';

const OPS = join(__dirname, '../../ops');
const NONE = { used: 0, free: 0, waiting: 0 };
const SOURCES: MetricSources = {
  actors: () => 0,
  mailboxes: () => 0,
  runsJobs: () => true,
  hotPool: () => NONE,
  readPool: () => NONE,
  queue: () => Promise.resolve({}),
  checks: () => Promise.resolve({ database: { ok: true }, queue: { ok: false } }),
  pending: () => Promise.resolve([{ status: 'failed', count: 2, oldestSeconds: 1 }]),
  participants: () => [
    { name: 'stock', reachable: false, breaker: 'open' },
    { name: 'mill', reachable: undefined, breaker: 'closed' },
  ],
  followers: () => 3,
  feedLagSeconds: () => Promise.resolve(0.5),
  webhooks: () => Promise.resolve({ enabled: 2, disabled: 1, pending: 4, oldestSeconds: 12 }),
  waitingCalls: () => Promise.resolve([{ participant: 'stock', count: 3, oldestSeconds: 7.5 }]),
};

async function rendered(sources: Partial<MetricSources> = {}): Promise<string> {
  const metrics = new Metrics({ ...SOURCES, ...sources });
  const { text } = await metrics.render();
  metrics.stop();
  return text;
}

describe('the metrics', () => {
  it.each(['grafana/dashboards/tandem.json', 'prometheus/alerts.yml'])('that %s asks for exist', async (file) => {
    const served = new Set([...(await rendered()).matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name));
    const asked = [...readFileSync(join(OPS, file), 'utf8').matchAll(/tandem_\w+/g)].map(([name]) =>
      name.replace(/_(bucket|sum|count)$/, ''),
    );
    expect(asked.length).toBeGreaterThan(5);
    expect(asked.filter((name) => !served.has(name))).toEqual([]);
  });

  it('tell how it stands with webhooks, and what is not known when that cannot be looked at', async () => {
    const text = await rendered();
    expect(text).toContain('tandem_webhooks{state="enabled"} 2');
    expect(text).toContain('tandem_webhooks{state="disabled"} 1');
    expect(text).toMatch(/^tandem_webhook_pending 4$/m);
    expect(text).toMatch(/^tandem_webhook_oldest_seconds 12$/m);
    const blind = await rendered({ webhooks: () => Promise.reject(new Error('away')) });
    expect(blind).not.toMatch(/^tandem_webhook_(pending|oldest_seconds) /m);
  });

  it('tell who follows the events, and how far these are behind', async () => {
    expect(await rendered()).toMatch(/^tandem_event_followers 3$/m);
    expect(await rendered()).toMatch(/^tandem_feed_lag_seconds 0.5$/m);
    const away = await rendered({ feedLagSeconds: () => Promise.reject(new Error('the database is away')) });
    expect(away).not.toMatch(/^tandem_feed_lag_seconds \d/m);
  });

  it('tell what is ready, and how many transfers have failed', async () => {
    const text = await rendered();
    expect(text).toContain('tandem_ready{check="database"} 1\n');
    expect(text).toContain('tandem_ready{check="queue"} 0\n');
    expect(text).toContain('\ntandem_transfers_failed 2\n');
  });

  it('tell which participants answer, and what waits for them', async () => {
    const text = await rendered();
    expect(text).toContain('tandem_participant_reachable{participant="stock"} 0\n');
    // It was never called.
    expect(text).not.toContain('tandem_participant_reachable{participant="mill"}');
    expect(text).toContain('tandem_participant_breaker_open{participant="stock"} 1\n');
    expect(text).toContain('tandem_branches_waiting{participant="stock"} 3\n');
    expect(text).toContain('tandem_branches_waiting{participant="mill"} 0\n');
    expect(text).toContain('tandem_branches_waiting_oldest_seconds{participant="stock"} 7.5\n');
  });

  it('do not say that no transfer has failed while the database does not answer', async () => {
    const text = await rendered({ pending: () => Promise.reject(new Error('the database is away')) });
    expect(text).toContain('# TYPE tandem_transfers_failed gauge');
    expect(text).not.toMatch(/^tandem_transfers_failed \d/m);
  });

  it.each(['tandem_ready', 'tandem_transfers_failed', 'tandem_authorization_release_lag_seconds'])(
    'have a panel and an alert for %s',
    (name) => {
      expect(readFileSync(join(OPS, 'grafana/dashboards/tandem.json'), 'utf8')).toContain(name);
      expect(readFileSync(join(OPS, 'prometheus/alerts.yml'), 'utf8')).toContain(name);
    },
  );
});
