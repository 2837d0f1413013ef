import { applyTuning } from '../tuning/apply-tuning.ts';
import type { LiveAct } from './contract.ts';

/** Where its threads run, and what the kernel lets it have: all of it anew, and what is not wanted any more lifted. */
export const tune: LiveAct = async ({ session, before, after, deps, signal }) =>
  applyTuning(session, { before, after, signal, runRecords: deps.runRecords });
