import { join } from 'node:path';
import { freePort } from '../../test/kit/ports';
import { ServiceProcess } from '../../test/kit/serviceProcess';
import { serviceEnv, startWorld, type World } from '../../test/kit/world';
import { type Cell, type CellResult, MATRIX_FAULTS, WINDOWS } from './cell';
import { runCell } from './runCell';

const TEMPLATE = 'cell_template';
/** Each cell keeps one or two processes busy. More cells on two cores would only make them late. */
const CELLS_AT_ONCE = 4;

/** Every crash point of both paths, with every fault. */
export function allCells(backends: readonly ('redis' | 'postgres')[]): Cell[] {
  return WINDOWS.flatMap((window) =>
    MATRIX_FAULTS.flatMap((fault) => backends.map((backend) => ({ ...window, fault, backend }))),
  );
}

/** Runs the cells, each on its own migrated database. */
export async function runMatrix(
  cells: readonly Cell[],
  signal: AbortSignal,
  done: (result: CellResult) => void,
): Promise<CellResult[]> {
  const results: CellResult[] = [];
  for (const backend of ['postgres', 'redis'] as const) {
    const mine = cells.filter((cell) => cell.backend === backend);
    if (mine.length === 0) continue;
    const world = await startWorld(backend, `matrix-${backend}`);
    try {
      await migrateTemplate(world);
      const waiting = [...mine.entries()];
      const worker = async (): Promise<void> => {
        for (let next = waiting.shift(); next && !signal.aborted; next = waiting.shift()) {
          const [index, cell] = next;
          const database = `cell_${index}`;
          await world.postgres.query('postgres', `create database ${database} template ${TEMPLATE}`);
          const result = await runCell(cell, world, database, index + 1);
          results.push(result);
          done(result);
        }
      };
      await Promise.all(Array.from({ length: CELLS_AT_ONCE }, worker));
    } finally {
      await world.close();
    }
  }
  return results;
}

/** Migrates one database. Every cell gets a copy of it. */
async function migrateTemplate(world: World): Promise<void> {
  await world.postgres.query('postgres', `create database ${TEMPLATE}`);
  const service = new ServiceProcess({
    name: 'template',
    port: await freePort(),
    env: serviceEnv(world, TEMPLATE, 'template'),
    logFile: join(world.logDirectory, 'template.log'),
  });
  service.start();
  await service.untilReady(60_000);
  await service.terminate(10_000);
}
