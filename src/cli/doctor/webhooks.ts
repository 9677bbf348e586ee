import { WebhookSecrets } from '../../adapters/webhooks/secrets';
import type { Config } from '../../config';
import { type Finding, findingsOf } from './finding';

const { ok, advice, wrong } = findingsOf('webhooks');
const WITHOUT_KEY = '';

/** Findings about the keys from which the secrets of webhooks are derived. None where there are no webhooks. */
export function aboutWebhooks(byKey: ReadonlyMap<string, number>, { WEBHOOK_KEYS = [] }: Config): Finding[] {
  const secrets = new WebhookSecrets(WEBHOOK_KEYS);
  const unknown = [...byKey].filter(([key]) => !secrets.knows(key)).reduce((sum, [, webhooks]) => sum + webhooks, 0);
  const bare = byKey.get(WITHOUT_KEY) ?? 0;
  const findings: Finding[] = [];
  if (unknown > 0) {
    findings.push(
      wrong(
        `${unknown} webhooks have a secret that was made with a key which WEBHOOK_KEYS does not have: nothing is delivered to them`,
        'Put the key back behind the first one, or rotate the secret of each: docs/webhooks.md.',
      ),
    );
  }
  if (bare > 0) {
    findings.push(
      advice(
        `${bare} webhooks have a secret that a reader of the database can make`,
        'Set WEBHOOK_KEYS, then rotate the secret of each: docs/webhooks.md.',
      ),
    );
  }
  return byKey.size > 0 && findings.length === 0
    ? [ok('the secrets of webhooks need a key of WEBHOOK_KEYS')]
    : findings;
}
