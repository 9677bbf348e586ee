import type { Pool, PoolClient, QueryConfig } from 'pg';

/**
 * A real pool on which every second statement of a name, or every one (`always`), is carried out and then loses its
 * answer and its connection.
 */
export function losesAnswers(
  real: Pool,
  name: RegExp | ((name: string) => boolean),
  onLost: () => void,
  { always = false } = {},
): Pool {
  let count = 0;
  const matches = (statement: string): boolean => (name instanceof RegExp ? name.test(statement) : name(statement));
  const faulty = (client: PoolClient): PoolClient =>
    new Proxy(client, {
      get(target, property) {
        if (property !== 'query') return Reflect.get(target, property, target) as unknown;
        return async (statement: QueryConfig & { name: string }) => {
          const isMatch = matches(statement.name);
          const result: unknown = await target.query(statement);
          if (!isMatch) return result;
          count += 1;
          if (!always && count % 2 === 0) return result;
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
