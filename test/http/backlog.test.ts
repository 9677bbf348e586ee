import { Server } from 'node:net';
import express from 'express';
import { HttpServer } from '../../src/http/connections/server';

test('the kernel keeps a burst of connections until the process accepts them', async () => {
  const listening = jest.spyOn(Server.prototype, 'listen');
  const server = HttpServer.create(express());
  await server.listen('127.0.0.1', 0);
  expect(listening).toHaveBeenCalledWith(expect.objectContaining({ backlog: 4_096 }), expect.anything());
  await server.close(0);
});
