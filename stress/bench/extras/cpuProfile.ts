import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** The part of V8's CPU profile format that is used, as `node --cpu-prof` writes it. */
const CpuProfile = z.object({
  nodes: z.array(
    z.object({
      id: z.number(),
      callFrame: z.object({ functionName: z.string(), url: z.string(), lineNumber: z.number() }),
      children: z.array(z.number()).optional(),
    }),
  ),
  samples: z.array(z.number()),
  timeDeltas: z.array(z.number()),
});

export interface FunctionTime {
  readonly where: string;
  readonly ms: number;
  /** The share of the time in which the process was busy. */
  readonly share: number;
}

export interface ProfileSummary {
  readonly busyMs: number;
  readonly functions: readonly FunctionTime[];
  /** By package or directory. Each includes the time of node's own functions that it called. */
  readonly places: readonly FunctionTime[];
}

/** Self times, largest first, between two ages of the process. */
export function summarize(file: string, fromMs: number, toMs: number): ProfileSummary {
  const { nodes, samples, timeDeltas } = CpuProfile.parse(JSON.parse(readFileSync(file, 'utf8')));
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const callers = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])));
  const functions = new Map<string, number>();
  const places = new Map<string, number>();
  let ageMs = 0;
  samples.forEach((id, index) => {
    const us = Math.max(0, timeDeltas[index] ?? 0);
    ageMs += us / 1000;
    if (ageMs < fromMs || ageMs > toMs) return;
    const frame = frames.get(id);
    if (!frame || frame.functionName === '(idle)' || frame.functionName === '(root)') return;
    let caller: number | undefined = id;
    while (caller !== undefined && isNodeItself(frames.get(caller)?.url)) caller = callers.get(caller);
    const { url, functionName } = (caller === undefined ? undefined : frames.get(caller)) ?? frame;
    const place = placeOf(url, functionName);
    add(functions, `${frame.functionName || '(anonymous)'} ${shorten(frame.url)}:${frame.lineNumber + 1}`, us);
    add(places, place, us);
  });
  const busyUs = [...places.values()].reduce((total, us) => total + us, 0);
  return { busyMs: busyUs / 1000, functions: largest(functions, busyUs), places: largest(places, busyUs) };
}

function add(times: Map<string, number>, key: string, us: number): void {
  times.set(key, (times.get(key) ?? 0) + us);
}

function largest(times: ReadonlyMap<string, number>, busyUs: number): FunctionTime[] {
  return [...times]
    .map(([where, us]) => ({ where, ms: us / 1000, share: us / busyUs }))
    .toSorted((a, b) => b.ms - a.ms);
}

const isNodeItself = (url = ''): boolean => url === '' || url.startsWith('node:');

const shorten = (url: string): string => url.replace(/^.*\/(node_modules|dist)\//, '');

function placeOf(url: string, functionName: string): string {
  if (url === '') return functionName.startsWith('(') ? functionName : '(native)';
  if (url.startsWith('node:')) return url.split('/')[0] ?? url;
  const scoped = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url);
  return scoped?.[1] ?? shorten(url).split('/').slice(0, 3).join('/');
}
