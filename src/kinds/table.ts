import type { KindTable } from './contract.ts';
import { domainRules } from './domain/rules.ts';
import { volumeRules } from './volume/rules.ts';

/** Every kind there is. A new kind is one row here, one in `drivers/table.ts`, and its folder. */
export const kinds: KindTable = { Domain: domainRules, Volume: volumeRules };
