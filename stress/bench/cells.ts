export const SYSTEMS = ['baseline', 'redis', 'postgres', 'process'] as const;
export type SystemName = (typeof SYSTEMS)[number];

export const SYSTEM_TITLES: Record<SystemName, string> = {
  baseline: 'baseline',
  redis: 'service on Redis',
  postgres: 'service on the Postgres queue',
  process: 'service, DRIVE=process',
};

export interface LoadShape {
  readonly shape: 'uniform' | 'hot';
  readonly connections: number;
}

export const LOADS = {
  'uniform-64': { shape: 'uniform', connections: 64 },
  'uniform-256': { shape: 'uniform', connections: 256 },
  'hot-64': { shape: 'hot', connections: 64 },
} as const satisfies Record<string, LoadShape>;

export type LoadName = keyof typeof LOADS;
export const LOAD_NAMES = Object.keys(LOADS) as LoadName[];

/** The promised multiples of the baseline's rate in the same run. */
export const TARGETS: Record<Exclude<SystemName, 'baseline'>, Record<LoadName, number>> = {
  redis: { 'uniform-64': 2.5, 'uniform-256': 3.5, 'hot-64': 6 },
  postgres: { 'uniform-64': 2, 'uniform-256': 2.5, 'hot-64': 5 },
  process: { 'uniform-64': 3, 'uniform-256': 4, 'hot-64': 9 },
};
