import { writeSync } from 'node:fs';
import { BUGS } from '../planted/bugs';
import { patchWhileLoading } from './patchWhileLoading';

/** Loaded before the service. Patches its compiled files while they are loaded, with the bug that the environment names. */
const REPORT_FD = 3;

const name = process.env['STRESS_BUG'] ?? '';
const bug = BUGS[name];
if (!bug) throw new Error(`There is no bug called ${name}`);
patchWhileLoading(bug.patches, () => writeSync(REPORT_FD, `${JSON.stringify({ event: 'bug-planted', name })}\n`));
