import { connect, createServer, type Socket } from 'node:net';
import { env } from 'node:process';

/**
 * Copies bytes between its clients and the process on port `TARGET`; `PORT` is its own. No second process can do less
 * for its clients. So the bench shows what any second process costs on the same cores.
 */
const target = Number(env['TARGET']);

const server = createServer({ noDelay: true }, (client) => {
  const service = connect({ host: '127.0.0.1', port: target, noDelay: true });
  join(client, service);
  join(service, client);
});

function join(from: Socket, to: Socket): void {
  from.pipe(to);
  from.on('error', () => to.destroy());
  from.on('close', () => to.destroy());
}

server.listen({ host: '127.0.0.1', port: Number(env['PORT']), backlog: 4_096 });
process.on('SIGTERM', () => process.exit(0));
