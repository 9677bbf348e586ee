import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Metrics } from '../../src/adapters/prometheus/metrics';

const DASHBOARD = join(__dirname, '../../ops/grafana/dashboards/tandem.json');

describe('the Grafana dashboard', () => {
  it('asks for metrics that the service has', async () => {
    const none = { used: 0, free: 0, waiting: 0 };
    const metrics = new Metrics({
      actors: () => 0,
      mailboxes: () => 0,
      runsJobs: () => true,
      hotPool: () => none,
      readPool: () => none,
      queue: () => Promise.resolve({}),
      pending: () => Promise.resolve([]),
    });
    const { text } = await metrics.render();
    metrics.stop();
    const served = new Set([...text.matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name));
    const asked = [...readFileSync(DASHBOARD, 'utf8').matchAll(/tandem_\w+/g)].map(([name]) =>
      name.replace(/_(bucket|sum|count)$/, ''),
    );
    expect(asked.length).toBeGreaterThan(10);
    expect(asked.filter((name) => !served.has(name))).toEqual([]);
  });
});
