import type { CoordinatorQueue } from '../adapters/bullmq/backend';
import type { HttpDeps } from '../http/deps';
import { once } from '../http/once';

/**
 * Loads the dashboard at the first request for it. The dashboard is two fifths of the code that a process would load at
 * its start. A process that restarts after a crash must not spend that time.
 */
export function composeDashboard(queue: CoordinatorQueue, path: string): HttpDeps['dashboard'] {
  const dashboard = once(() => {
    const { createDashboard } =
      require('../adapters/bullmq/dashboard') as typeof import('../adapters/bullmq/dashboard');
    return createDashboard(queue, path);
  });
  return (request, response, next) => dashboard()(request, response, next);
}
