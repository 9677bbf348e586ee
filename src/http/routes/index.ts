import type { HttpDeps } from '../deps';
import type { Route } from '../requests/route';
import { accountRoutes } from './accounts';
import { accountTermsRoutes } from './accountTerms';
import { authorizationRoutes } from './authorizations';
import { batchRoutes } from './batch';
import { consoleRoutes } from './console';
import { documentationRoutes } from './documentation';
import { eventRoutes } from './events';
import { foreignBranchRoutes } from './foreignBranches';
import { healthRoutes } from './health';
import { historyRoutes } from './history';
import { keyRoutes } from './keys';
import { operationsRoutes } from './operations';
import { participantRoutes } from './participants';
import { participationRoutes } from './participation';
import { transferRoutes } from './transfers';
import { walletRoutes } from './wallets';
import { deliveryRoutes } from './webhookDeliveries';
import { webhookRoutes } from './webhooks';

/**
 * Every route of the service, the busiest first. All users of the list take this one: the router, the documentation,
 * the access rules, the metrics.
 */
export function allRoutes(deps: HttpDeps): readonly Route[] {
  const operations = [
    ...operationsRoutes(deps),
    ...participantRoutes(deps),
    ...foreignBranchRoutes(deps),
    ...healthRoutes(deps),
  ];
  const routes = deps.operationsOnly
    ? operations
    : [
        // Must come before the paths that have an id in the same place.
        ...batchRoutes(deps),
        ...transferRoutes(deps),
        ...accountRoutes(deps),
        ...authorizationRoutes(deps),
        ...accountTermsRoutes(deps),
        ...historyRoutes(deps),
        ...walletRoutes(deps),
        ...keyRoutes(deps),
        ...consoleRoutes(deps),
        ...(deps.coordinators ? participationRoutes(deps.coordinators) : []),
        ...eventRoutes(deps),
        ...webhookRoutes(deps),
        ...deliveryRoutes(deps),
        ...operations,
      ];
  return [...routes, ...documentationRoutes(deps, routes)];
}
