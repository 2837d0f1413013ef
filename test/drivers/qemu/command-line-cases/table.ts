import type { CommandLineCase } from './contract.ts';
import { deviceCases } from './devices.ts';
import { diskCases } from './disks.ts';
import { machineCases } from './machine.ts';

export const commandLineCases: readonly CommandLineCase[] = [...machineCases, ...diskCases, ...deviceCases];
