import type { Pool, PoolClient, QueryConfig } from 'pg';

/** A real pool on which every other statement of a name is carried out and then loses its answer, with its connection. */
export function losesAnswers(real: Pool, name: string, onLost: () => void): Pool {
  let count = 0;
  const faulty = (client: PoolClient): PoolClient =>
    new Proxy(client, {
      get(target, property) {
        if (property !== 'query') return Reflect.get(target, property, target) as unknown;
        return async (statement: QueryConfig & { name: string }) => {
          const result: unknown = await target.query(statement);
          if (statement.name !== name) return result;
          count += 1;
          if (count % 2 === 0) return result;
          onLost();
          throw new Error('Connection terminated unexpectedly');
        };
      },
    });
  return new Proxy(real, {
    get(target, property) {
      if (property === 'connect') return async () => faulty(await target.connect());
      return Reflect.get(target, property, target) as unknown;
    },
  });
}
