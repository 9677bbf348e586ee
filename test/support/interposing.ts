import type { Pool, PoolClient, QueryConfig } from 'pg';

/** A real pool that runs `before` right before every statement whose name matches. */
export function interposing(real: Pool, name: RegExp, before: (name: string) => Promise<void>): Pool {
  const late = (client: PoolClient): PoolClient =>
    new Proxy(client, {
      get(target, property) {
        if (property !== 'query') return Reflect.get(target, property, target) as unknown;
        return async (statement: QueryConfig & { name: string }) => {
          if (name.test(statement.name)) await before(statement.name);
          return target.query(statement);
        };
      },
    });
  return new Proxy(real, {
    get(target, property) {
      if (property === 'connect') return async () => late(await target.connect());
      return Reflect.get(target, property, target) as unknown;
    },
  });
}
