import type { Reconnect } from '../../../model/domain-devices.ts';
import type { Rule } from './rules.ts';

/** Of everything that connects to a socket: when it tries again. */
export const reconnectRules: readonly Rule<{ readonly reconnect?: Reconnect }>[] = [
  {
    at: 'reconnect.timeout',
    when: ({ reconnect }) => reconnect?.enabled === true && reconnect.timeout === undefined,
    says: 'the seconds between attempts are missing',
    instead: 'add timeout',
    code: 'missing-field',
  },
  {
    at: 'reconnect.timeout',
    when: ({ reconnect }) => reconnect?.enabled === true && reconnect.timeout === 0,
    says: 'there must be a second between attempts at least',
    instead: 'use 1 or more',
    code: 'invalid-value',
  },
];
